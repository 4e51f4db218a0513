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
 * @param {boolean} [fresh] past the browser's cache
 * @param {number} [deadline] ms
 * @returns {Promise<Manifest | null>} null where the server is silent, broken, or knows no such item
 */
export async function fetchManifest(url, fresh, deadline = 8000) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(deadline), cache: fresh ? 'no-cache' : 'default' });
    const manifest = await answer.json();
    manifest.skew = Date.parse(answer.headers.get('date') || '') - Date.now();
    // What was taken down answers so too, with no source: it reaches every page, whatever its markup names.
    return manifest.sources ? manifest : null;
  } catch {
    return null;
  }
}
