// @ts-check
/** Waiting that ends: after a time, when the network is back, or with the signal. */

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} resolved early when the browser says that it is online again; never where the signal ends it
 */
export const elapsed = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    addEventListener('online', () => resolve(), { signal, once: true });
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });

/**
 * Gives work its time; what it has begun ends with it, connections included.
 * @template T
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function within(ms, signal, work) {
  // Not AbortSignal.any(), which is younger than some of the browsers that play.
  const attempt = new AbortController();
  const end = () => attempt.abort();
  const timer = setTimeout(end, signal.aborted ? 0 : ms);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await work(attempt.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
  }
}
