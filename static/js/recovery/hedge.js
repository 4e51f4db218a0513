// @ts-check
/**
 * A source tried beside the one that keeps the reader waiting: in a second media element, which nobody sees or hears and
 * which needs no permission that the first has not; or, where only an engine plays it, by asking for its playlist.
 */
import { isStream, typeOf } from '../sources.js';
import { within } from './wait.js';

/** How long one source may take to show that it plays, in ms. */
const DEADLINE = 6000;

/** Whether an engine of ours has to play it. @param {HTMLMediaElement} media @param {import('../sources.js').Source} source */
const engined = (media, source) => isStream(source) && (source.engine || !media.canPlayType(typeOf(source)));

/**
 * The first of the sources that could play, each given its time.
 * @param {HTMLMediaElement} media the one that waits
 * @param {import('../sources.js').Source[]} sources
 * @param {AbortSignal} signal ends it, connections included
 * @param {(src: string, signal: AbortSignal) => Promise<boolean>} fresh whether it has something that has not been heard yet
 * @returns {Promise<import('../sources.js').Source | undefined>}
 */
export async function firstToPlay(media, sources, signal, fresh) {
  for (const source of sources) {
    const { src } = source;
    const plays = await within(DEADLINE, signal, async (attempt) => {
      const answer = engined(media, source) ? answers(src, attempt) : playable(media, src, attempt);
      return (await answer) && fresh(src, attempt);
    });
    if (signal.aborted) return;
    if (plays) return source;
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
