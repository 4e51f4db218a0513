// @ts-check
/**
 * Keeps a live stream at its edge. Pure: what is seen comes in, what is to be done goes out.
 *
 * @typedef {object} Seen
 * @property {number} behind seconds behind the newest that there is
 * @property {number} target how far behind this reader is when all is well, in seconds
 * @property {number} window seconds that can be sought in
 * @property {boolean} following the reader wants what is newest, and has not gone back to something
 * @property {number} rate as it is now
 *
 * @typedef {{rate: number, jump: boolean}} Pace `rate` to play at; `jump` to the target
 */

/** The ear does not mind: a twentieth faster. */
const FASTER = 1.05;
/** Seconds of drift that are left alone; that are made up for by going faster; beyond, it jumps. */
const SLACK = 1;
const NEAR = 0.25;
const FAR = 6;

/** @param {Seen} seen @returns {Pace} */
export function pace({ behind, target, window, following, rate }) {
  // What the reader plays has gone from the window: nothing is there any more.
  if (behind > window + SLACK) return { rate: 1, jump: true };
  const drift = behind - target;
  if (!following) return { rate: rate === FASTER ? 1 : rate, jump: false };
  if (drift > FAR) return { rate: 1, jump: true };
  // The reader's own pace is the reader's.
  if (rate !== 1 && rate !== FASTER) return { rate, jump: false };
  return { rate: drift > SLACK || (rate === FASTER && drift > NEAR) ? FASTER : 1, jump: false };
}

/** How far behind is well: what the stream begins with, within reason. @param {number} behind @param {number} window */
export const settle = (behind, window) => Math.min(Math.max(behind, 2), 30, Math.max(2, window - 1));
