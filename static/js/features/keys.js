// @ts-check
/** The keys, while the focus is in the player only. */

/** @typedef {import('../player.js').SteadyPlayer} Player */

/** @param {number} seconds @returns {(player: Player) => void} */
const by = (seconds) => (player) => player.ask('seek', player.native.currentTime - player.session.origin + seconds);

/** @type {Record<string, (player: Player) => void>} */
const KEYS = {
  ' ': (player) => player.ask('toggle'),
  k: (player) => player.ask('toggle'),
  j: by(-10),
  l: by(10),
  arrowleft: by(-5),
  arrowright: by(5),
  arrowup: (player) => player.ask('volume', player.native.volume + 0.05),
  arrowdown: (player) => player.ask('volume', player.native.volume - 0.05),
  m: (player) => player.ask('muted', !player.native.muted),
  f: (player) => player.ui.context.canFull && player.ask('full'),
  c: (player) => player.more?.captions(),
  '<': (player) => player.ask('rate', player.native.playbackRate - 0.25),
  '>': (player) => player.ask('rate', player.native.playbackRate + 0.25),
  home: (player) => player.ask('seek', 0),
  end: (player) => player.ask('seek', player.view.duration),
};

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function keys(player, signal) {
  const press = (/** @type {KeyboardEvent} */ event) => {
    const { key, ctrlKey, altKey, metaKey, defaultPrevented } = event;
    const at = /** @type {Element} */ (event.composedPath()[0]);
    // What the element under the focus does with a key comes first: a button's space, a choice's arrows.
    const own = at.matches('input') ? /^( |Arrow)/ : at.matches('button,a') ? /^ $/ : /^$/;
    if (ctrlKey || altKey || metaKey || defaultPrevented || own.test(key) || !player.shadowRoot?.contains(at)) return;
    const act = /^\d$/.test(key)
      ? () => player.ask('seek', (player.view.duration * +key) / 10)
      : KEYS[key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act(player);
  };
  player.addEventListener('keydown', press, { signal });
}
