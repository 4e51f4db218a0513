// @ts-check
/**
 * Which source is next. Pure: what the browser can play and what time it is come in as arguments.
 *
 * @typedef {object} Source
 * @property {string} src
 * @property {string} [type] MIME type, with codecs where known
 * @property {number} [size] bytes
 * @property {string} [state] the server's verdict
 * @property {string} [reason] the verdict's reason code
 * @property {string} [fresh_until] ISO 8601; after it the verdict says nothing
 * @property {boolean} [engine] a stream that the browser has failed to play by itself
 * @property {string} [by] the chunk that plays the stream where the browser does not
 * @property {string[]} [needs] what a stream is known to have: `audio` and `text` in playlists of their own, `variables`
 * @property {boolean} [anyway] the reason may have passed: the reader may try all the same
 *
 * @typedef {object} Ranking
 * @property {Source[]} playable in the order to try them
 * @property {Source[]} dropped known to be of no use, in their own order
 * @property {string|undefined} reason why the first dropped one was dropped
 */

/** Whether a verdict may be acted on: it says unavailable, and is not out of date. @param {Source} source @param {number} now ms */
export const isDead = (source, now) =>
  source.state === 'unavailable' && !(Date.parse(source.fresh_until || '') < now);

/**
 * @param {Source[]} sources
 * @param {{now: number, canPlay: (type: string) => string | boolean, secure: boolean}} browser `now` in ms since the epoch on the
 *   server's clock; `secure`: the page is https, where a browser blocks http media
 * @returns {Ranking}
 */
export function rank(sources, { now, canPlay, secure }) {
  /** @type {Ranking} */
  const ranking = { playable: [], dropped: [], reason: undefined };
  for (const source of sources) {
    const why = isDead(source, now)
      ? source.reason || 'unknown'
      : secure && /^http:/.test(source.src)
        ? 'mixed-content'
        : source.type && !canPlay(source.type)
          ? 'unsupported'
          : '';
    (why ? ranking.dropped : ranking.playable).push(source);
    if (why) ranking.reason ??= why;
  }
  return ranking;
}

/** Whether it is a playlist of pieces: HLS or DASH. @param {{src: string, type?: string}} source */
export const isStream = ({ src, type }) => /mpegurl|dash\+|\.m(3u8|pd)\b/i.test(type + src);

/** What the browser is asked whether it plays. @param {{src: string, type?: string}} source of a stream */
export const typeOf = ({ src, type }) => type || `application/${/\.mpd/i.test(src) ? 'dash+xml' : 'x-mpegurl'}`;
