// @ts-check
/**
 * Looks at a source that is to play, twice a second: what keeps the reader waiting, and for how long. Events do not tell
 * (`timeupdate` goes on in a stall); the position and the buffer do.
 *
 * @typedef {object} Sight
 * @property {boolean} begun something of this source has arrived
 * @property {number} still ms that the position has not moved, though it should
 * @property {number} dry ms that the buffer has not moved either
 */

/** Looks are counted, and not the time between: a laptop that wakes up has not stalled. */
export const TICK = 500;

/**
 * @param {HTMLMediaElement} media
 * @param {() => boolean} wanted whether it is to play at this moment
 * @param {(sight: Sight) => void} look
 * @param {AbortSignal} signal
 * @returns {{sight: Sight, begin: () => void}} the latest sight; `begin` begins anew, for another source
 */
export function vigil(media, wanted, look, signal) {
  /** @type {Sight} */
  const sight = { begun: false, still: 0, dry: 0 };
  let place = '';
  let store = '';
  let clock = 0;
  const begin = () => {
    Object.assign(sight, { begun: false, still: 0, dry: 0 });
    place = '';
    clearInterval(clock);
    clock = setInterval(tick, TICK);
  };
  const tick = () => {
    const { currentTime, readyState, buffered, networkState } = media;
    // WebKit calls it the end where it has no more of what it does not know the length of, and goes on loading.
    const ended = media.ended && networkState < HTMLMediaElement.NETWORK_LOADING;
    const at = `${currentTime} ${media.currentSrc}`;
    const held = Array.from({ length: buffered.length }, (_, i) => buffered.end(i)).join() + readyState;
    if (readyState) sight.begun = true;
    const idle = !wanted() || ended || document.hidden;
    // What has only begun has stood still since.
    const stays = !idle && (at === place || (!place && readyState < 3));
    sight.still = stays ? sight.still + TICK : 0;
    sight.dry = stays && (held === store || !place) ? sight.dry + TICK : 0;
    place = at;
    store = held;
    if (!idle) look(sight);
  };
  const arrived = () => {
    sight.begun = true;
    sight.dry = 0;
  };
  media.addEventListener('progress', arrived, { signal });
  signal.addEventListener('abort', () => clearInterval(clock), { once: true });
  begin();
  return { sight, begin };
}
