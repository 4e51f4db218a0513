// @ts-check
/**
 * The stall clock. Events do not tell a stall (`timeupdate` goes on in one, `stalled` comes or does not), so
 * the position and the buffer are read by the clock: when both stand still for too long, the source is left.
 */

/** How often the clock looks, in ms. Looks are counted, and not the time between: a laptop that wakes up has not stalled. */
const TICK = 500;

/**
 * @param {HTMLMediaElement} media
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {() => number} options.patience ms of standing still that are borne: short where another source is left
 * @param {(reason: string) => void} options.fail takes a reason code
 */
export function watch(media, { signal, patience, fail }) {
  let still = 0;
  let seen = '';
  let alive = false; // something of this source has arrived
  const moved = () => {
    still = 0;
    alive = true;
  };
  const look = () => {
    const { buffered, currentTime, readyState } = media;
    const mark = [currentTime, readyState, buffered.length && buffered.end(buffered.length - 1)].join();
    if (mark !== seen || document.hidden || media.ended || (media.paused && readyState)) {
      seen = mark;
      still = 0;
    } else if ((still += TICK) > patience()) {
      fail(alive || readyState ? 'stalled' : 'timeout');
    }
  };
  const clock = setInterval(look, TICK);
  media.addEventListener('progress', moved, { signal });
  signal.addEventListener('abort', () => clearInterval(clock), { once: true });
}
