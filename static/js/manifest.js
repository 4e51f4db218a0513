// @ts-check
/**
 * The manifest of a catalogued item, from the page or from the server; with a deadline; fails open.
 *
 * @typedef {import('./sources.js').Source} Source
 * @typedef {object} Manifest
 * @property {string} [kind] audio or video
 * @property {string} [title]
 * @property {number} [duration] seconds
 * @property {string} [poster]
 * @property {string} [transcript]
 * @property {string} [lifecycle]
 * @property {string} [starts_at] ISO 8601
 * @property {string} [state]
 * @property {string} [reason]
 * @property {number} [retry_after] seconds
 * @property {Source[]} sources
 * @property {{src: string, kind?: string, srclang?: string, label?: string, default?: boolean}[]} [tracks]
 * @property {number} [skew] ms that the server's clock is ahead of this one; NaN where it did not say
 */

/**
 * @param {string} url
 * @param {number} deadline ms
 * @param {boolean} [fresh] past the browser's cache
 * @returns {Promise<Manifest | null>} null where the server is silent, broken, or knows no such item
 */
export async function fetchManifest(url, deadline, fresh) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(deadline), cache: fresh ? 'no-cache' : 'default' });
    // 410: taken down. The takedown reaches every page, whatever its markup names.
    if (answer.status === 410) return { sources: [], lifecycle: 'removed' };
    const manifest = await answer.json();
    manifest.skew = Date.parse(answer.headers.get('date') || '') - Date.now();
    return answer.ok && manifest.sources ? manifest : null;
  } catch {
    return null;
  }
}
