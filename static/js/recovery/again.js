// @ts-check
/** A page that has given up asks again by itself, less and less often; or as soon as a live stream that stood still goes on. */
import { moves } from './frozen.js';

/** In ms. */
const AGAIN = 15_000;
const SOON = 1500;
const TIMES = 6;
/** How often it looks whether a live stream goes on: for an hour. */
const LOOKS = 240;

/** Players that gave up together do not come back together. @param {number} ms */
const spread = (ms) => ms * (1 + Math.random() / 4);

/**
 * @param {import('../session.js').Session} session
 * @param {AbortSignal} signal the player's life
 */
export function createAgain(session, signal) {
  let timer = 0;
  let times = 0;
  let hopeful = false;

  const own = {
    /** Whether it will be tried again by itself. */
    hopeful: () => hopeful,
    /** @param {boolean} passing it may pass by itself @param {number} [after] seconds of Retry-After */
    gaveUp(passing, after = 0) {
      hopeful = passing && times < TIMES;
      if (hopeful) wait(Math.max(spread(AGAIN * 2 ** times++), after * 1000));
    },
    /** @param {number} [after] seconds of Retry-After */
    soon(after = 0) {
      hopeful = true;
      wait(Math.max(SOON, after * 1000));
    },
    /** @param {import('./frozen.js').Playlist} playlist as it stands */
    whenMoved(playlist) {
      hopeful = true;
      wait(spread(AGAIN), playlist);
    },
    /** All is well again. */
    forget: () => void (times = 0),
    /** The page has not given up any more. */
    stop() {
      hopeful = false;
      clearTimeout(timer);
    },
  };

  /** @param {number} ms @param {import('./frozen.js').Playlist} [stands] nothing to ask for while it does */
  function wait(ms, stands, looks = 0) {
    clearTimeout(timer);
    const mine = (timer = setTimeout(async () => {
      const stays = stands && !(await moves(stands, signal));
      if (timer !== mine || session.phase !== 'failed') return;
      if (!stays) session.retry(session.wanted);
      else if (looks < LOOKS) wait(ms, stands, looks + 1);
      else hopeful = false;
    }, ms));
  }

  signal.addEventListener('abort', own.stop);
  return own;
}
