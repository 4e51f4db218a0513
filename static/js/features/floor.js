// @ts-check
/** One at a time: a player that starts to be heard takes the place of the one that was. */

/** @typedef {import('../player.js').SteadyPlayer} Player @type {Player | undefined} */
let heard;

/** @param {Player} player @param {AbortSignal} signal */
export function floor(player, signal) {
  const { native } = player;
  const take = () => {
    if (native.muted || native.paused || heard === player) return;
    if (heard && !heard.native.muted) heard.pause();
    heard = player;
  };
  for (const event of ['play', 'volumechange']) native.addEventListener(event, take, { signal });
  signal.addEventListener('abort', () => {
    if (heard === player) heard = undefined;
  });
  take();
}
