// @ts-check
/**
 * Engines' errors as reason codes of the vocabulary that probes share (player/probe/reasons.py). Pure.
 *
 * @typedef {{status?: number, after?: number}} Evidence the HTTP status; seconds of Retry-After
 */

/** @type {Record<number, string>} */
const STATUS = { 401: 'forbidden', 403: 'forbidden', 404: 'not-found', 408: 'timeout', 410: 'gone', 429: 'rate-limited', 451: 'legal', 504: 'timeout' };

/** @param {number | undefined} status 0 or none: no answer that a page may read @returns {string} */
export const reasonOfStatus = (status) => (!status ? 'unreachable' : STATUS[status] || (status >= 500 ? 'server-error' : 'http-status'));

/**
 * @param {string | undefined} value of Retry-After (RFC 9110, 10.2.3)
 * @param {number} now ms since the epoch
 * @returns {number | undefined} seconds
 */
export function retryAfter(value, now) {
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? +value : (Date.parse(value) - now) / 1000;
  return seconds >= 0 ? seconds : undefined;
}

/**
 * @param {{type: string, details: string, response?: {code?: number}}} error of hls.js
 * @returns {string}
 */
export function reasonOfHls({ type, details, response }) {
  if (/TimeOut$/.test(details)) return 'timeout';
  if (/^keyLoad/.test(details)) return 'key-missing';
  if (/^keySystem|ncompatibleCodecs|AddCodec/.test(details)) return 'unsupported';
  if (/^(manifest|level)Parsing|^levelEmpty/.test(details)) return 'bad-playlist';
  if (type === 'networkError') return reasonOfStatus(response?.code);
  return type === 'mediaError' || /^(frag|buffer)/.test(details) ? 'decode' : 'unknown';
}

/** dash.js's codes (its core/errors/Errors.js). @type {Record<number, string>} */
const DASH = { 10: 'bad-playlist', 20: 'decode', 23: 'unsupported', 31: 'bad-playlist', 32: 'no-segments', 34: 'unsupported', 35: 'unsupported' };

/** Those of loading: the manifest, segments, their index. */
const LOADING = [11, 15, 17, 25, 26, 27, 28];

/**
 * @param {number} code of dash.js
 * @param {number | undefined} status HTTP
 * @returns {string}
 */
export const reasonOfDash = (code, status) => DASH[code] || (LOADING.includes(code) ? reasonOfStatus(status) : 'unknown');
