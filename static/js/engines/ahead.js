// @ts-check
/**
 * What an engine will ask for first, fetched while the engine itself is on its way: playlists, what a rendition begins
 * with, its first segment. A wrong guess costs those bytes and nothing else.
 */

/** @typedef {{url: string, data: any, start: number, first: number, end: number}} Given where it was in the end, and when, in ms */
/** @typedef {ReturnType<typeof createAhead>} Ahead */

/** How long one may take, in ms. Who asks for it tries again by itself. */
const PATIENCE = 8000;

/** @param {AbortSignal} signal */
export function createAhead(signal) {
  /** Each is given once: what is asked for again is wanted anew. @type {Map<string, Promise<Given | undefined>>} */
  const kept = new Map();
  signal.addEventListener('abort', () => kept.clear(), { once: true });
  return {
    /** @param {string} url @param {Promise<Given | undefined>} coming */
    put: (url, coming) => void kept.set(url, coming),
    /** @param {string} url @param {'text' | 'arrayBuffer'} as */
    ask(url, as) {
      const coming = get(url, as, signal);
      kept.set(url, coming);
      return coming;
    },
    /** @param {string} url @returns {Promise<Given | undefined> | undefined} */
    take(url) {
      const coming = kept.get(url);
      kept.delete(url);
      return coming;
    },
  };
}

/** @param {string} url @param {'text' | 'arrayBuffer'} as @param {AbortSignal} signal @returns {Promise<Given | undefined>} */
async function get(url, as, signal) {
  const start = performance.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.any?.([signal, AbortSignal.timeout(PATIENCE)]) || signal });
    const first = performance.now();
    // What is not there is asked for again by the engine, which knows what to do about it.
    if (!answer.ok) return undefined;
    return { url: answer.url, data: await answer[as](), start, first, end: performance.now() };
  } catch {
    return undefined;
  }
}

/**
 * bit/s to begin with, from how long a small answer took: what has a long way, or a narrow one, had better begin light.
 * @param {number} ms
 */
export const estimate = (ms) => Math.round(Math.min(5e5, Math.max(1e5, 4e7 / Math.max(1, ms))));
