// @ts-check
/** What has arrived of a source, and what of it is missing. Pure. */

/** A hole is a segment or two; what lies further off is not the next thing to be heard, in seconds. */
const WIDEST = 30;
/** A file that ends so much before its time has been cut, in seconds and as a share. */
const SHORT = 3;
const SHARE = 0.03;

/** @param {TimeRanges} buffered @param {number} time seconds @returns {number} seconds that can be played without the network */
export function stored(buffered, time) {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= time && time < buffered.end(i)) return buffered.end(i) - time;
  }
  return 0;
}

/**
 * Where playing can go on past a hole in what has arrived: a segment that nobody has.
 * @param {TimeRanges} buffered
 * @param {number} time seconds
 * @returns {number | undefined} undefined where there is no hole, or nothing behind it
 */
export function behindHole(buffered, time) {
  for (let i = 0; i < buffered.length; i++) {
    // At the very edge of a range the picture of this moment may be there, and the next is not.
    if (buffered.start(i) <= time && time < buffered.end(i) - 0.3) return undefined;
    if (buffered.start(i) > time && buffered.start(i) - time < WIDEST) return buffered.start(i) + 0.05;
  }
  return undefined;
}

/** Whether what ended was not all: browsers play what is there of a file as if it were. @param {number} at seconds @param {number} duration */
export const isCut = (at, duration) => at < duration - Math.max(SHORT, duration * SHARE);
