// @ts-check
/**
 * The browser's own playback of one file.
 *
 * @param {HTMLMediaElement} media
 * @param {import('../sources.js').Source} source
 * @param {{signal: AbortSignal, fail: (reason: string) => void, session?: object}} options `fail` takes a reason code
 */
export function attach(media, source, { signal, fail }) {
  media.addEventListener('error', () => fail(reasonOf(media.error)), { signal });
  media.src = source.src;
}

/** @param {MediaError | null} error @returns {string} reason code; MediaError says no more than this (HTML, 4.8.11.1) */
export const reasonOf = (error) => ({ 2: 'reset', 3: 'decode' })[error?.code || 0] || 'unknown';
