// @ts-check
/** The next ones are tried beside a source that says nothing: the first to play wins. */
import { firstToPlay } from './hedge.js';

/** @typedef {import('../sources.js').Source} Source */

/**
 * @param {import('../session.js').Session} session
 * @param {object} outcome
 * @param {() => void} outcome.won another one plays: it is the first of the queue now
 * @param {(others: Source[]) => void} outcome.lost none of the others does
 */
export function createRace(session, { won, lost }) {
  /** @type {AbortController | undefined} */
  let running;
  return {
    /** The one that keeps the reader waiting is still running too. */
    runs: () => !!running,
    stop() {
      running?.abort();
      running = undefined;
    },
    async start() {
      if (running || !session.queue[1]) return;
      const { signal } = (running = new AbortController());
      const winner = await firstToPlay(session.native, session.queue.slice(1), signal);
      if (signal.aborted) return;
      running = undefined;
      const [loser, ...others] = session.queue;
      if (winner) {
        session.queue = [winner, ...others.filter((source) => source !== winner), loser];
        won();
      } else {
        // Nobody else plays: the first may be slow and yet the best there is, and is waited for as the last one is.
        session.queue = [loser];
        lost(others);
      }
    },
  };
}
