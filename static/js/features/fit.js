// @ts-check
/** The picture fills the full screen. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function fit(player, signal) {
  document.addEventListener('fullscreenchange', () => player.ask('fit'), { signal });
}
