// @ts-check
/** Formats, parses and speaks a time. Pure. All times are in seconds. */

/**
 * @param {number} seconds
 * @param {boolean} [hours] true: shown even when there are none; false: never, the minutes count on; else as needed
 * @returns {string} `m:ss` or `h:mm:ss` in Latin digits; empty for a time that is not known
 */
export function format(seconds, hours) {
  if (!(seconds < Infinity)) return '';
  const two = (/** @type {number} */ n) => String(n | 0).padStart(2, '0');
  const h = (seconds / 3600) | 0;
  return ((hours ?? h) ? `${h}:` + two((seconds / 60) % 60) : (seconds / 60) | 0) + ':' + two(seconds % 60);
}

/**
 * A time as people write it: `83`, `83.5s`, `1:23`, `1:02:03`.
 * @param {string} text
 * @returns {number} NaN where it is not a time
 */
export const parse = (text) => text.replace(/s$/, '').split(':').reduce((sum, part) => sum * 60 + (part ? +part : NaN), 0);

/**
 * The temporal part of a URL fragment (W3C Media Fragments URI 1.0, section 4.2.1): `#t=83`, `#t=1:23`, `#t=npt:83,120`, `#t=,120`.
 * @param {string} hash
 * @returns {[start: number, end: number] | undefined} end is NaN where the clip is open
 */
export function fragment(hash) {
  const match = /[#&]t=(?:npt:)?([\d:.]*)s?(?:,([\d:.]+))?/.exec(hash);
  return match ? [match[1] ? parse(match[1]) : 0, parse(match[2] || '')] : undefined;
}

/** The digits 0–9 of a language. Intl is left asleep where they are known: waking it costs 20 ms of a cheap phone. @param {string} lang */
export const digits = (lang) => [...'0123456789'].map((digit) => (lang === 'en' ? digit : (+digit).toLocaleString(lang)));
