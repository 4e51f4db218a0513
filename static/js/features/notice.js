// @ts-check
/** What keeps the reader waiting, where "please wait" would not be all of it: told in its place, so that nothing moves. */

/** @param {import('../player.js').SteadyPlayer} player */
export function notice(player) {
  const { view, ui, words } = player;
  if (!view.waiting || view.reason !== 'offline') return;
  const text = words.t('offline');
  if (!text) return;
  const place = view.kind === 'video' ? ui.built.pill?.element.querySelector('span') : ui.built.bar?.row.querySelector('.total');
  if (place && place.textContent !== text) place.textContent = text;
}
