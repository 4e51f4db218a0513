// @ts-check
/** A page that has given up asks again by itself, less and less often; or as soon as a live stream that stood still goes on. */
import { moves } from './frozen.js';

/** @typedef {import('./frozen.js').Playlist | undefined} Standing */

/** In ms. */
const AGAIN = 15_000;
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
    /**
     * @param {boolean} passing it may pass by itself
     * @param {number} [after] seconds of Retry-After
     * @param {number} [ms] where it waits less than it does otherwise
     */
    ask(passing, after = 0, ms = 0) {
      hopeful = passing && times < TIMES;
      if (hopeful) wait(Math.max(spread(ms || AGAIN * 2 ** times++), after * 1000));
    },
    /** @param {(Standing | Promise<Standing>)[]} stands live streams, as they stand */
    askWhenMoved(stands) {
      hopeful = true;
      wait(spread(AGAIN), stands);
    },
    /** All is well again. */
    forget: () => void (times = 0),
    /** The page has not given up any more. */
    stop() {
      hopeful = false;
      clearTimeout(timer);
    },
  };

  /** Whether any of them goes on. @param {(Standing | Promise<Standing>)[]} stands */
  async function goesOn(stands) {
    const all = stands.map(async (each) => {
      const was = await each;
      return was && moves(was, signal);
    });
    return (await Promise.all(all)).some(Boolean);
  }

  /** @param {number} ms @param {(Standing | Promise<Standing>)[]} [stands] nothing to ask for while they do */
  function wait(ms, stands, looks = 0) {
    clearTimeout(timer);
    const mine = (timer = setTimeout(async () => {
      const stays = stands && !(await goesOn(stands));
      if (timer !== mine || session.phase !== 'failed') return;
      if (!stays) session.retry(session.wanted);
      else if (looks < LOOKS) wait(ms, stands, looks + 1);
      else hopeful = false;
    }, ms));
  }

  signal.addEventListener('abort', own.stop);
  return own;
}
