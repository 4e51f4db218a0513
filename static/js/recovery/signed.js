// @ts-check
/**
 * Addresses that are signed for a time, as CDNs and stores give them out. Pure.
 *
 * Known: Amazon and Google (`X-Amz-Date` and `X-Amz-Expires`, `X-Goog-…`; `Expires`), Azure (`se`), Akamai (`hdnts` and
 * `hdnea`, with `exp=` inside), and what others call `expires`, `exp`, `e`, `expiry`. A `Policy` holds its time where
 * nobody reads it.
 */

const DATED = /^x-(amz|goog)-(date|expires)$/;
const TIMED = /^(expires?|exp|expiry|e|se)$/;
const AKAMAI = /^(hdnt[sl]|hdnea|__token__)$/;
/** Of our clock and the signer's, in ms. */
const DIFFERENCE = 5000;

/**
 * Whether an address has ended, or may have.
 * @param {string} src absolute
 * @param {number} now ms since the epoch
 * @returns {boolean} false for an address that is signed for no time
 */
export function expired(src, now) {
  const ends = expiry(src);
  return ends !== undefined && !(ends > now + DIFFERENCE);
}

/** @param {string} src @returns {number | undefined} ms since the epoch; NaN where it ends at a time that cannot be read */
export function expiry(src) {
  /** @type {Record<string, string>} */
  const dated = {};
  let ends;
  for (const [name, value] of new URL(src).searchParams) {
    const key = name.toLowerCase();
    if (DATED.test(key)) dated[key.slice(key.lastIndexOf('-') + 1)] = value;
    else if (TIMED.test(key)) ends ??= moment(value);
    else if (AKAMAI.test(key)) ends ??= moment(/exp=(\d+)/.exec(value)?.[1] || '');
    else if (key === 'policy') ends ??= NaN;
  }
  if (dated.expires) return basic(dated.date || '') + +dated.expires * 1000;
  return ends;
}

/** Seconds since the epoch, or ISO 8601. @param {string} text */
const moment = (text) => (/^\d{9,11}$/.test(text) ? +text * 1000 : Date.parse(text));

/** ISO 8601 without its signs, as in 20261122T010203Z. @param {string} text */
const basic = (text) => Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)/, '$1-$2-$3:$4:$5'));

/**
 * The same sources under their new addresses: by their path, for only the signature is another; else by their place.
 * @template {{src: string}} S
 * @param {S[]} queue to be tried, in order
 * @param {S[]} before all, as they were
 * @param {S[]} now all, as they are
 * @returns {S[]} those that are still there
 */
export const renewed = (queue, before, now) =>
  queue.flatMap((source) => {
    const same = now.find(({ src }) => bare(src) === bare(source.src));
    const index = before.findIndex(({ src }) => src === source.src);
    return same || (before.length === now.length && now[index]) || [];
  });

/** @param {string} src */
const bare = (src) => src.replace(/[?#].*/s, '');
