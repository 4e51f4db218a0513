// @ts-check
/**
 * A live stream, as the engine knows it, or else as the media element shows it: a stream of no known end, of which a
 * window can be sought in (HTML, 4.8.11.2 and 4.8.11.9).
 *
 * @typedef {object} Live
 * @property {number} start @property {number} end the window, seconds on the media timeline; the same where nothing tells it,
 *   as in Chromium's own HLS
 * @property {number} behind seconds from the playhead to the newest that there is; NaN where nothing tells it
 * @property {number} [edge] where one should be who is at the edge, as the engine has it
 * @property {(time: number) => number | undefined} date ms since the epoch, where the stream says so
 */

/**
 * @param {HTMLMediaElement & {getStartDate?: () => Date}} media
 * @param {{live?: () => {start: number, end: number, edge?: number, date?: (time: number) => number | undefined} | undefined} | undefined} [engine]
 * @returns {Live | undefined} undefined for what has an end, or has not begun
 */
export function live(media, engine) {
  const { duration, currentTime } = media;
  const known = engine?.live?.();
  if (!known && duration !== Infinity) return undefined;
  // Not looked at before: WebKitGTK stops loading ahead for one who asks what of a file can be sought in.
  const { seekable } = media;
  if (!known && !seekable.length) return { start: 0, end: 0, behind: NaN, date: () => undefined };
  /** @type {{start: number, end: number, edge?: number, date?: Live['date']}} */
  const { start, end, edge, date } = known || { start: seekable.start(0), end: seekable.end(seekable.length - 1) };
  return { start, end, edge, behind: Math.max(0, end - currentTime), date: date || ((time) => dated(media, time)) };
}

/** Safari knows when its timeline began. @param {{getStartDate?: () => Date}} media @param {number} time */
function dated(media, time) {
  const began = media.getStartDate?.().getTime();
  return began ? began + time * 1000 : undefined;
}
