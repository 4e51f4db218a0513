// @ts-check
/** Nobody can be heard any more: a live stream may stand still. It is looked at once for each time that nothing is heard. */
import { isLive, standing } from './frozen.js';

/** @typedef {import('./frozen.js').Playlist} Playlist */

/** @param {import('../session.js').Session} session */
export function createDoubt(session) {
  /** @type {Playlist | undefined} */
  let stands;
  /** @type {'' | 'looking' | 'looked'} */
  let state = '';
  return {
    looking: () => state === 'looking',
    /** It has been looked at, or is. */
    looked: () => !!state,
    /** The playlist that stood still, once. @returns {Playlist | undefined} */
    taken() {
      const found = stands;
      stands = undefined;
      return found;
    },
    /** It has been heard, or left. */
    end() {
      state = '';
      stands = undefined;
    },
    /** @param {AbortSignal} signal */
    async look(signal) {
      if (state || !isLive(session)) return;
      state = 'looking';
      const found = await standing(session.queue[0].src, signal);
      if (signal.aborted) return;
      state = 'looked';
      stands = found;
      if (found) session.fail('stalled');
    },
  };
}
