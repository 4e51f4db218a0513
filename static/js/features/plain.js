// @ts-check
/** What can be said of a dead end before, or without, the chunk that knows more: when the network is gone it cannot be had. */

/** @param {import('../player.js').SteadyPlayer} player */
export function plain({ ui, view, words, deadend }) {
  const why = ui.built.message?.why;
  if (why && !deadend) why.textContent = view.reason === 'offline' ? words.t('offline') : '';
}
