// @ts-check
/**
 * The next ones are tried beside a source that says nothing: the first to play wins. A live stream that was left does not
 * where it stands as it stood then: all that it has has been heard.
 */
import { fetched, isLive, moves } from './frozen.js';
import { firstToPlay } from './hedge.js';

/** @typedef {import('../sources.js').Source} Source @typedef {Promise<import('./frozen.js').Playlist | undefined>} Standing */

/**
 * @param {import('../session.js').Session} session
 * @param {AbortSignal} signal the player's life
 * @param {object} outcome
 * @param {() => void} outcome.won another one plays: it is the first of the queue now
 * @param {(others: Source[]) => void} outcome.lost none of the others does
 */
export function createRace(session, signal, { won, lost }) {
  /** @type {AbortController | undefined} */
  let running;
  /** By their addresses, as they stood. @type {Map<string, Standing>} */
  const left = new Map();

  /** @param {string} src @param {AbortSignal} signal */
  async function fresh(src, signal) {
    const was = await left.get(src);
    return !was || (await moves(was, signal)) !== false;
  }

  return {
    /** Live streams that were left. @returns {Standing[]} */
    left: () => [...left.values()],
    /** The one that keeps the reader waiting is still running too. */
    runs: () => !!running,
    stop() {
      running?.abort();
      running = undefined;
    },
    async start() {
      if (running || !session.queue[1]) return;
      const { signal: racing } = (running = new AbortController());
      const [{ src }, ...next] = session.queue;
      if (isLive(session)) left.set(src, fetched(src, signal));
      const winner = await firstToPlay(session.native, next, racing, fresh);
      if (racing.aborted) return;
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
