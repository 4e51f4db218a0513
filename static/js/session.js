// @ts-check
/**
 * One player's attempt to play: runs the machine, and does what each phase is there for. It knows the media
 * element and the manifest, and no control.
 */
import { watch } from './failover.js';
import { next } from './machine.js';
import { fetchManifest } from './manifest.js';
import { attach, reasonOf } from './engines/native.js';
import { rank } from './sources.js';

/** @typedef {import('./manifest.js').Manifest} Manifest @typedef {import('./sources.js').Source} Source */

/** Deadlines in ms. A source is left sooner where another one is waiting. */
const MANIFEST = 8000;
const CHECK = 2500;
const PATIENCE = 3000;
const PATIENCE_LAST = 15000;

export class Session {
  /** @type {import('./machine.js').Phase} */
  phase = 'idle';
  /** @type {string | null} the reason code of the first failure, while there is one to tell */
  reason = null;
  /** @type {Manifest | null | undefined} null: the server is silent; undefined: not asked yet */
  manifest;
  /** The reader wants it to play. */
  wanted = false;
  /** @type {Source | undefined} what is being played or loaded */
  source;
  /** @type {Source[]} still to try, the current one first */
  queue = [];
  /** @type {Source[]} known to be dead, some of which the reader may try anyway */
  dropped = [];
  #scope = new AbortController();
  #life;

  /**
   * @param {HTMLMediaElement} media
   * @param {object} options
   * @param {string} [options.url] the manifest's address
   * @param {Manifest | null} [options.manifest] what the page carries inline
   * @param {() => Source[]} options.markup what the page's markup names
   * @param {() => void} options.changed
   * @param {AbortSignal} options.signal the life of the player
   */
  constructor(media, { url, manifest, markup, changed, signal }) {
    this.media = media;
    this.url = url;
    this.manifest = manifest || undefined;
    this.markup = markup;
    this.changed = changed;
    this.#life = signal;
    signal.addEventListener('abort', () => this.#scope.abort(), { once: true });
    addEventListener('online', () => this.retry(this.wanted), { signal });
  }

  /** Takes over what the native element is already doing, and learns what the server knows. */
  start() {
    const { media } = this;
    if (!media.paused || media.readyState) {
      this.wanted = !media.paused;
      this.queue = this.#rank().playable;
      const at = this.queue.findIndex((source) => source.src === media.currentSrc);
      this.source = this.queue.splice(0, at + 1).pop();
      this.queue.unshift(this.source || { src: media.currentSrc });
      this.#send('adopt');
    }
    if (this.manifest) this.#learned();
    else if (this.url) this.known = this.#learn(this.#life);
  }

  /** @param {AbortSignal} signal @param {boolean} [fresh] */
  async #learn(signal, fresh) {
    const manifest = await fetchManifest(/** @type {string} */ (this.url), { signal, deadline: MANIFEST, fresh });
    if (signal.aborted) return;
    this.manifest = manifest || this.manifest || null;
    this.#learned();
  }

  #learned() {
    const { playable, reason } = this.#rank();
    if (this.phase === 'idle' && !playable.length) this.#dead(reason);
    this.changed();
  }

  /** @param {string} [reason] */
  #dead(reason) {
    this.reason = reason || this.manifest?.reason || this.manifest?.lifecycle || 'unknown';
    this.#send('dead');
  }

  #rank() {
    const { manifest, media } = this;
    const ranking = rank(manifest?.sources || this.markup(), {
      now: Date.now() + (manifest?.skew || 0),
      canPlay: (type) => media.canPlayType(type),
      secure: location.protocol === 'https:',
    });
    this.dropped = ranking.dropped;
    if (!manifest?.sources.length && manifest?.lifecycle) ranking.reason = manifest.lifecycle;
    return ranking;
  }

  /** @param {import('./machine.js').PhaseEvent} event @returns {boolean} whether it meant anything */
  #send(event) {
    const to = next(this.phase, event);
    if (!to) return false;
    // From loading to ready the source stays the same, and so does what listens to it.
    if (to !== 'ready') {
      this.#scope.abort();
      this.#scope = new AbortController();
    }
    this.phase = to;
    const { signal } = this.#scope;
    if (to === 'checking') this.#check(signal);
    else if (to === 'loading') this.#load(signal, event === 'adopt');
    else if (to === 'unavailable') this.#waitToRetry(signal);
    if (to === 'ready' || to === 'idle') this.reason = null;
    this.changed();
    return true;
  }

  play() {
    this.wanted = true;
    if (this.phase === 'ready') this.#start();
    else this.#send('play') || this.retry();
  }

  pause() {
    this.wanted = false;
    this.media.pause();
    this.changed();
  }

  retry(wanted = true) {
    if (!next(this.phase, 'retry')) return;
    this.wanted = wanted;
    this.#asked = true;
    this.#send('retry');
  }

  /** The reader does not believe the verdict, or wants what failed once more. */
  anyway() {
    this.wanted = true;
    this.queue = this.dropped.filter((source) => source.anyway);
    if (this.queue.length) this.#send('anyway');
  }

  /** The media changed: back to idle. @param {Manifest | null} [manifest] */
  reset(manifest) {
    this.manifest = manifest || undefined;
    this.#send('reset');
  }

  #asked = false;

  /** @param {AbortSignal} signal */
  async #check(signal) {
    const fresh = this.#asked;
    this.#asked = false;
    // Where nothing has to be awaited nothing is: iOS lets play() through inside the gesture only.
    if (this.url && (fresh || this.manifest === undefined)) {
      const asked = fresh ? this.#learn(signal, true) : this.known;
      await Promise.race([asked, new Promise((late) => setTimeout(late, CHECK))]);
      if (signal.aborted) return;
    }
    const { playable, reason } = this.#rank();
    this.queue = playable;
    if (!playable.length) this.#dead(reason);
    else this.#send(this.wanted ? 'playable' : 'settled');
  }

  /** @param {AbortSignal} signal @param {boolean} adopt the element already has this source */
  #load(signal, adopt) {
    const { media, queue } = this;
    const fail = (/** @type {string} */ reason) => this.#fail(reason);
    const ready = () => this.#send('ready');
    this.source = queue[0];
    if (adopt) {
      // The browser goes through the markup's sources by itself; their errors do not bubble.
      const lost = () => (media.error || media.networkState === 3) && fail(reasonOf(media.error));
      media.addEventListener('error', () => setTimeout(lost), { signal, capture: true });
      setTimeout(lost);
      if (media.readyState > 2 || (media.paused && media.readyState)) queueMicrotask(ready);
    } else {
      const { currentTime, playbackRate } = media;
      attach(media, this.source, { signal, fail });
      media.defaultPlaybackRate = media.playbackRate = playbackRate;
      // Before there is metadata this sets the default playback start position (HTML, 4.8.11.6).
      if (currentTime) media.currentTime = currentTime;
      if (!this.wanted) media.preload = 'metadata';
    }
    media.addEventListener(this.wanted ? 'canplay' : 'loadedmetadata', ready, { signal });
    watch(media, { signal, fail, patience: () => (queue.length > 1 ? PATIENCE : PATIENCE_LAST) });
    if (this.wanted && !adopt) this.#start();
  }

  #start() {
    const { signal } = this.#scope;
    this.media.play()?.catch((error) => {
      // Blocked autoplay is ready and paused: never loading, never an error.
      if (error.name === 'NotAllowedError' && !signal.aborted) {
        this.wanted = false;
        this.#send('ready');
      }
    });
  }

  /** @param {string} reason */
  #fail(reason) {
    const { media, queue } = this;
    this.reason ??= navigator.onLine ? reason : 'offline';
    this.wanted ||= !media.paused;
    queue.shift();
    if (navigator.onLine && queue.length) {
      this.#send('next');
      return;
    }
    const { currentTime } = media;
    this.#send('none');
    // Let go of a connection that only hangs; the position stays for the next try.
    media.removeAttribute('src');
    media.load();
    if (currentTime) media.currentTime = currentTime;
  }

  /** @param {AbortSignal} signal */
  #waitToRetry(signal) {
    const seconds = Math.max(5, this.manifest?.retry_after || 60);
    const timer = setTimeout(() => this.retry(false), seconds * 1000);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }
}
