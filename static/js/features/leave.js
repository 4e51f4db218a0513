// @ts-check
/** What is taken away stops fetching: Chromium would keep an element, and all that hangs on it, while its own way of HLS has more to fetch. */
import { isStream } from '../sources.js';

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal the player's life */
export function leave(player, signal) {
  const { native } = player;
  signal.addEventListener('abort', () => {
    const { currentSrc: src, currentTime } = native;
    if (player.isConnected || !isStream({ src, type: '' })) return;
    // It keeps its source and its place, for whoever puts it back. By load() it would fetch whatever preload says.
    native.preload = 'none';
    native.src = src;
    native.currentTime = currentTime;
  }, { once: true }); // prettier-ignore
}
