// @ts-check
/**
 * What is done about a source that failed. Pure: the clock, the network and chance come in as arguments.
 *
 * The rungs, from the lowest: the same source with an address that is signed anew (`renew`), another source (`next`), the
 * same ones again after a while (`retry`), reasons and what the reader can do (`none`). Below the lowest are the engine's
 * own retries and its other renditions. Without a network nothing is anybody's fault: `wait`.
 *
 * @typedef {object} Failure
 * @property {string} reason a reason code
 * @property {number} [status] of the HTTP answer, where the engine knows it
 * @property {number} [after] seconds of Retry-After
 * @property {boolean} online
 * @property {number} left how many other sources have not been tried
 * @property {boolean} renewable the address was signed for a time that is over, and has not been asked for anew
 * @property {boolean} played something of the item has been heard: what is unknown now need not last
 * @property {number} tries rounds of `retry` so far
 * @property {number} trouble ms since it last went well
 * @property {boolean} [frozen] a live playlist that stands still: asked again it says the same
 *
 * @typedef {{step: 'renew'|'next'|'retry'|'wait'|'none', delay: number}} Decision `delay` in ms
 */

/** How long the same sources are tried again while the reader waits, in ms; then the page says why. */
const LIMIT = 20_000;
/** How long a page without a network waits for one, and how often it tries though the browser says that there is none, in ms. */
const OFFLINE = 600_000;
const POLL = 30_000;
const FIRST = 500;
const MOST = 8000;
/** What the last try has to show that it plays, in ms. */
const LAST = 3000;

const TRANSIENT = /^(reset|timeout|stalled|dns|refused|unreachable|server-error|rate-limited|offline)$/;

/** Whether it may pass by itself. Of what the client is blamed for only a time-out and a limit do (RFC 9110, 15.5.9; RFC 6585, 4). @param {string} reason @param {number} [status] */
export const passes = (reason, status) =>
  status ? status === 408 || status === 429 || status >= 500 : TRANSIENT.test(reason);

/** @param {Failure} failure @param {number} chance 0–1 @returns {Decision} */
export function decide({ reason, status, after, online, left, renewable, played, tries, trouble, frozen }, chance) {
  if (!online) return { step: trouble < OFFLINE ? 'wait' : 'none', delay: POLL * (0.75 + chance / 2) };
  if (renewable && !(status && status !== 401 && status !== 403 && status !== 410)) return { step: 'renew', delay: 0 };
  if (left) return { step: 'next', delay: 0 };
  const passing = !frozen && (passes(reason, status) || (played && !status && reason === 'unknown'));
  const delay = Math.max(within(backoff(tries, chance), LIMIT - trouble), (after || 0) * 1000);
  return { step: passing && delay >= FIRST / 2 && trouble + delay < LIMIT ? 'retry' : 'none', delay };
}

/** What is left is used: who would wait past the end comes once more before it. @param {number} wait @param {number} rest both in ms */
const within = (wait, rest) => (wait < rest ? wait : Math.max(0, rest - LAST));

/** Twice as long each time, never twice the same. @param {number} tries @param {number} chance 0–1 @returns {number} ms */
export const backoff = (tries, chance) => Math.min(MOST, FIRST * 2 ** tries) * (0.75 + chance / 2);
