// @ts-check
/** The media element, mirrored: read again whenever it says that something changed, never kept in step by hand. */

/** @param {HTMLMediaElement} media */
export const read = ({ paused, ended, readyState, currentTime, duration, buffered, muted, volume }) => ({
  paused,
  ended,
  /** The frame or sound for this moment is missing: below HAVE_FUTURE_DATA (HTML, 4.8.11.7). */
  starved: !paused && !ended && readyState < 3,
  /** The playhead, the duration and what is buffered, in seconds. */
  time: currentTime,
  duration,
  buffered: Array.from({ length: buffered.length }, (_, i) => /** @type {[number, number]} */ ([buffered.start(i), buffered.end(i)])),
  muted,
  /** How loud, 0–1. */
  volume,
});
