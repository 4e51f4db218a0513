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
