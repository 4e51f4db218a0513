// @ts-check
/**
 * What survives the network, and what live streams need: fetched as soon as playback is asked for, for once the network
 * is gone it cannot be had.
 */

/** @typedef {import('../player.js').SteadyPlayer & {survive?: {patch: () => void}}} Player */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function survival(player, signal) {
  const ask = () => {
    if (player.phase !== 'idle' && player.phase !== 'unavailable') player.later(/** @type {any} */ ('survive'));
  };
  for (const event of ['steady-phase', 'play']) player.addEventListener(event, ask, { signal });
  signal.addEventListener('abort', () => (/** @type {Player} */ (player).survive = undefined), { once: true });
  ask();
}

/** After each change of what is shown. @param {Player} player */
export const survived = (player) => player.survive?.patch();
