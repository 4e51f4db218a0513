// @ts-check
/**
 * A source tried beside the one that keeps the reader waiting: in a second media element, which nobody sees or hears and
 * which needs no permission that the first has not; or, where only an engine plays it, by asking for its playlist.
 */
import { isStream, typeOf } from '../sources.js';

/** How long one source may take to show that it plays, in ms. */
const DEADLINE = 6000;

/** Whether an engine of ours has to play it. @param {HTMLMediaElement} media @param {import('../sources.js').Source} source */
const engined = (media, source) => isStream(source) && (source.engine || !media.canPlayType(typeOf(source)));

/**
 * The first of the sources that could play, each given its time.
 * @param {HTMLMediaElement} media the one that waits
 * @param {import('../sources.js').Source[]} sources
 * @param {AbortSignal} signal ends it, connections included
 * @returns {Promise<import('../sources.js').Source | undefined>}
 */
export async function firstToPlay(media, sources, signal) {
  for (const source of sources) {
    if (signal.aborted) return;
    const attempt = new AbortController();
    const end = () => attempt.abort();
    const timer = setTimeout(end, DEADLINE);
    signal.addEventListener('abort', end, { once: true });
    const plays = await (engined(media, source) ? answers(source.src, attempt.signal) : playable(media, source.src, attempt.signal));
    clearTimeout(timer);
    end();
    signal.removeEventListener('abort', end);
    if (plays && !signal.aborted) return source;
  }
}

/** @param {string} src @param {AbortSignal} signal @returns {Promise<boolean>} */
const answers = (src, signal) =>
  fetch(src, { signal }).then(
    ({ ok, body }) => {
      body?.cancel();
      return ok;
    },
    () => false,
  );

/** @param {HTMLMediaElement} media @param {string} src @param {AbortSignal} signal @returns {Promise<boolean>} */
const playable = (media, src, signal) =>
  new Promise((resolve) => {
    const second = /** @type {HTMLMediaElement} */ (document.createElement(media.localName));
    second.muted = true;
    second.preload = 'auto';
    if (media.crossOrigin !== null) second.crossOrigin = media.crossOrigin;
    second.oncanplay = () => resolve(true);
    second.onerror = () => resolve(false);
    signal.addEventListener(
      'abort',
      () => {
        resolve(false);
        second.oncanplay = second.onerror = null;
        second.removeAttribute('src');
        second.load();
      },
      { once: true },
    );
    second.src = src;
    if (media.currentTime) second.currentTime = media.currentTime;
  });
