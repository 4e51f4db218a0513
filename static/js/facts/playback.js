// @ts-check
/** Whether it plays, as the media element has it. @param {HTMLMediaElement} media */
export const playback = ({ paused, ended, readyState }) => ({
  paused,
  ended,
  /** The frame or sound for this moment is missing: below HAVE_FUTURE_DATA (HTML, 4.8.11.7). */
  starved: !paused && !ended && readyState < 3,
});
