// @ts-check
/** An attribute of the element changed while it lives. */

/** @param {import('../player.js').SteadyPlayer} player @param {string} name */
export function attribute(player, name) {
  const { native } = player;
  const value = player.getAttribute(name);
  if (name === 'lang') player.speak();
  else if (name === 'media' || name === 'src') {
    native.removeAttribute('src');
    native.load();
    player.restart();
  } else if (value === null) native.removeAttribute(name);
  else native.setAttribute(name, value);
  if (name === 'muted') native.muted = value !== null;
}
