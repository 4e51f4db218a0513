// @ts-check
/** The playhead, the duration and what is buffered, in seconds. @param {HTMLMediaElement} media */
export const time = ({ currentTime, duration, buffered }) => ({
  time: currentTime,
  duration,
  buffered: Array.from({ length: buffered.length }, (_, i) => /** @type {[number, number]} */ ([buffered.start(i), buffered.end(i)])),
});
