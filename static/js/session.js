// @ts-check
/**
 * One player's attempt to play: runs the machine, and does what each phase is there for. It knows the media element and
 * the manifest, and no control.
 */
import { watch } from './failover.js';
import { next } from './machine.js';
import { fetchManifest } from './manifest.js';
import { attach, reasonOf } from './engines/native.js';
import { isStream, rank, typeOf } from './sources.js';
import { site } from './site.js';

/** @typedef {import('./manifest.js').Manifest} Manifest @typedef {import('./sources.js').Source} Source */

/** Deadlines in ms. A source is left sooner where another one is waiting. */
const CHECK = 2500;
const PATIENCE = 2500;
const PATIENCE_LAST = 15000;

/** @typedef {ReturnType<typeof createSession>} Session */
/**
 * What an engine knows of a failure beyond its reason: the HTTP status, the seconds of Retry-After.
 * @typedef {{status?: number, after?: number}} Evidence
 * @typedef {(reason: string, evidence?: Evidence) => boolean} Rescue
 * @typedef {Session & {evidence?: Evidence}} Told which engines keep what they know of the last failure with
 */

/**
 * @param {HTMLMediaElement} media
 * @param {object} options
 * @param {string} [options.url] the manifest's address
 * @param {Manifest} [options.manifest] what the page carries inline
 * @param {() => Source[]} options.markup what the page's markup names
 * @param {() => void} options.changed
 * @param {AbortSignal} options.signal the life of the player
 */
export function createSession(media, { url, manifest, markup, changed, signal: life }) {
  /** Lives as long as a phase, or a source from loading through ready; late events die with it. */
  let scope = new AbortController();
  /** @type {Promise<void> | undefined} the first question to the server */
  let known;

  const state = {
    native: media,
    url,
    markup,
    /** @type {import('./machine.js').Phase} */
    phase: 'idle',
    /** @type {string | null} the reason code of the first failure, while there is one to tell */
    reason: null,
    /** @type {Manifest | null | undefined} null: the server is silent; undefined: not asked yet */
    manifest,
    /** The reader wants it to play. */
    wanted: false,
    /** @type {Source[]} still to try, the current one first */
    queue: [],
    /** @type {Source[]} known to be dead, some of which the reader may try anyway */
    dropped: [],
    /** How many have been given up. */
    tried: 0,
    /** Where the reader is, in seconds: engines forget it when their data is damaged. */
    at: 0,
    start,
    play,
    pause,
    retry,
    reset,
    send,
    fail,
    /** What comes later may know a better way out than the next source; true where it has taken one. @type {Rescue | undefined} */
    rescue: undefined,
    /** What is seen otherwise than the media element has it, as a live stream is. @type {(() => Partial<import('./controls/ui.js').View>) | undefined} */
    see: undefined,
    /** Where the timeline that is shown begins, in seconds of the media's. */
    origin: 0,
    /** What plays, where it is not the browser by itself. @type {import('./facts/renditions.js').Engine | undefined} */
    engine: undefined,
  };

  life.addEventListener('abort', () => scope.abort());
  addEventListener('online', () => retry(state.wanted), { signal: life });
  for (const event of ['timeupdate', 'seeking']) media.addEventListener(event, seen, { signal: life });

  /** Takes over what the native element is already doing, and learns what the server knows. */
  function start() {
    if (!media.paused || media.readyState) {
      const { currentSrc: src } = media;
      state.wanted = !media.paused;
      state.queue = [{ src }];
      send('adopt');
      state.queue.push(...ranked().filter((source) => source.src !== src));
    }
    if (state.manifest) ranked();
    else if (url) known = learn(false);
  }

  /** @param {boolean} fresh past what is kept of it on the way */
  async function learn(fresh) {
    const answer = await fetchManifest(/** @type {string} */ (url), fresh);
    if (life.aborted) return;
    state.manifest = answer || state.manifest || null;
    ranked();
    changed();
  }

  /** What is to be tried, in this order; where that is nothing, and nothing has been begun, there is a reason. */
  function ranked() {
    const known = state.manifest;
    const { playable, dropped, reason } = rank(known?.sources || markup(), {
      now: Date.now() + (known?.skew || 0),
      canPlay: (type) => media.canPlayType(type) || isStream({ src: '', type }),
      secure: location.protocol === 'https:',
    });
    state.dropped = dropped;
    if (!playable[0] && send('dead')) state.reason = reason || known?.reason || known?.lifecycle || 'no-source';
    return playable;
  }

  /** @param {import('./machine.js').PhaseEvent} event @returns {boolean} whether it meant anything */
  function send(event) {
    const to = next(state.phase, event);
    if (!to) return false;
    // From loading to ready the source stays the same, and so does what listens to it.
    if (to !== 'ready') {
      scope.abort();
      scope = new AbortController();
    }
    state.phase = to;
    if (to === 'ready' || to === 'idle') state.reason = null;
    if (to === 'checking') check(scope.signal, event === 'retry');
    if (to === 'loading' && event !== 'hold') load(scope.signal, event === 'adopt');
    changed();
    return true;
  }

  function play() {
    state.wanted = true;
    if (state.phase === 'ready') begin();
    // WebKit forgets a press after seconds, but not that an element was loaded in one: what is found later may play.
    else if ((send('play') || retry()) && media.paused) media.load();
    changed();
  }

  function pause() {
    state.wanted = false;
    media.pause();
    changed();
  }

  function retry(wanted = true) {
    if (!next(state.phase, 'retry')) return;
    state.wanted = wanted;
    return send('retry');
  }

  /** The media changed, or the player leaves. */
  function reset() {
    state.at = 0;
    send('reset');
  }

  function seen() {
    const { currentTime, readyState, error, ended } = media;
    // Firefox leaps to the end of a file whose rest cannot be had. What was cut off (2, MEDIA_ERR_NETWORK) is heard for as
    // long as there is something of it; what is damaged has no place any more.
    if (readyState && !(/** @type {number} */ (error?.code) > 2) && !ended) state.at = currentTime;
  }

  /** @param {AbortSignal} signal @param {boolean} fresh asks the server again */
  async function check(signal, fresh) {
    // Where nothing has to be awaited nothing is: iOS lets play() through inside the gesture only.
    if (url && (fresh || state.manifest === undefined)) {
      const answer = fresh ? learn(fresh) : known;
      await Promise.race([answer, new Promise((late) => setTimeout(late, CHECK))]);
      if (signal.aborted) return;
    }
    state.tried = 0;
    state.queue = ranked();
    if (state.queue[0]) send(state.wanted ? 'playable' : 'settled');
  }

  /** @param {AbortSignal} signal @param {boolean} adopt the element already has this source */
  function load(signal, adopt) {
    const ready = () => send('ready');
    const source = state.queue[0];
    /** Puts the source in by `how`, and goes on where the last one was. @param {(...given: Parameters<typeof attach>) => void} how */
    const go = (how) => {
      const { playbackRate, currentTime, readyState } = media;
      // Before there is metadata this is the default playback start position (HTML, 4.8.11.6), which engines lose too.
      if (!readyState) state.at = currentTime || state.at;
      how(media, source, options);
      media.defaultPlaybackRate = media.playbackRate = playbackRate;
      if (state.at) media.currentTime = state.at;
      if (state.wanted) begin();
      else media.preload = 'metadata';
    };
    const options = { signal, fail, session: state, changed, go };
    media.addEventListener('loadedmetadata', () => media.currentTime < state.at - 1 && (media.currentTime = state.at), { signal });
    if (adopt) {
      // The browser goes through the markup's sources by itself; their errors do not bubble.
      const lost = () => (media.error || media.networkState === 3) && fail(reasonOf(media.error));
      media.addEventListener('error', () => setTimeout(lost), { signal, capture: true });
      setTimeout(lost);
      if (media.readyState > 2 || (media.paused && media.readyState)) queueMicrotask(ready);
    } else if (isStream(source) && (source.engine || !media.canPlayType(typeOf(source)))) {
      source.engine = true;
      // Beside what knows what to do with it: one after the other they would cost a round trip more.
      if (source.by) site.load(source.by).catch(() => {});
      site.load('streams.js').then((streams) => streams.default(media, source, options), () => signal.aborted || fail('unknown'));
    } else go(attach);
    media.addEventListener(state.wanted ? 'canplay' : 'loadedmetadata', ready, { signal });
    watch(media, { signal, fail, patience: () => (state.queue[1] ? PATIENCE : PATIENCE_LAST) });
  }

  function begin() {
    const { signal } = scope;
    media.play()?.catch(({ name }) => {
      // Blocked autoplay is ready and paused: never loading, never an error.
      if (name !== 'NotAllowedError' || signal.aborted) return;
      state.wanted = false;
      send('ready');
    });
  }

  /** @param {string} reason @param {Evidence} [evidence] */
  function fail(reason, evidence) {
    if (state.rescue?.(reason, evidence)) return;
    const { onLine } = navigator;
    const [source] = state.queue;
    state.wanted ||= !media.paused;
    // What the browser cannot play of a stream by itself an engine may.
    if (onLine && source && isStream(source) && !source.engine) source.engine = true;
    else {
      state.reason ||= onLine ? reason : 'offline';
      state.queue.shift();
      state.tried++;
    }
    if (onLine && state.queue[0]) {
      send('next');
      return;
    }
    send('none');
    // Let go of a connection that only hangs. An attribute that is there and empty keeps the browser from turning to the
    // markup's own sources, which are the same ones (HTML, 4.8.11.5).
    media.src = '';
  }

  return state;
}
