// @ts-check
/** The custom element `<steady-player>`: a shell that wires the rest. */
import css from '../css/player.css';
import { face } from './face.js';
import { PASSED, inlineManifest, makeMedia, markupSources, takePlace, whenParsed } from './frame.js';
import { fetchManifest } from './manifest.js';
import { mirror, redispatch } from './mirror.js';
import { request } from './requests.js';
import { createSession } from './session.js';
import { site } from './site.js';

/**
 * @typedef {import('./controls/ui.js').View} View
 * @typedef {{preview?: Partial<View>}} Preview parts of the view that are shown whatever is true: QA pages hold a state by them
 */

/** One style sheet for all players of the page. @type {CSSStyleSheet | undefined} */
let sheet;

export class SteadyPlayer extends HTMLElement {
  static observedAttributes = ['media', 'src', 'lang', ...PASSED];
  /** @type {any} the author's `<audio>` or `<video>`, or one of our own */
  native;
  /** @type {import('./session.js').Session} */
  // @ts-expect-error: there as soon as it is open
  session;
  /** Everything that can be seen. @type {View} */
  view = /** @type {any} */ ({});
  /** @type {ReturnType<typeof import('./controls/ui.js').ui>} */
  // @ts-expect-error: there as soon as it is open
  ui;
  /** @type {ReturnType<typeof import('./i18n/messages.js').vocabulary>} */
  // @ts-expect-error: there as soon as it is open
  words;
  /** Builds the controls anew, in the language of the page; there is none before the upgrade. */
  speak = () => {};
  /** Something may look different now. */
  changed = () => {};
  /** What has been fetched beyond the first load. @type {any} */
  more;
  /** @type {any} */
  deadend;
  /** @type {AbortController | undefined} */
  #life;

  connectedCallback() {
    // A tag that is only moved keeps everything.
    if (this.#life) return;
    const { signal } = (this.#life = new AbortController());
    whenParsed(this, signal, () => this.#open(signal));
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#close());
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (this.ui && before !== now) this.extras().then((more) => more?.attribute(name));
  }

  /** @param {AbortSignal} signal */
  async #open(signal) {
    const id = this.getAttribute('media');
    const url = id ? `${site.base}media/${encodeURIComponent(id)}` : undefined;
    let manifest = inlineManifest(this);
    this.native = this.querySelector('audio,video');
    if (!this.native) {
      let kind = this.getAttribute('kind') || manifest?.kind;
      if (!kind && url) kind = (manifest = (await fetchManifest(url)) || undefined)?.kind;
      if (signal.aborted) return;
      this.native = makeMedia(this, kind);
    }
    takePlace(this, this.native, () => signal.aborted || this.#upgrade(signal, url, manifest));
  }

  /** @param {AbortSignal} signal @param {string | undefined} url @param {import('./manifest.js').Manifest | undefined} manifest */
  #upgrade(signal, url, manifest) {
    const { native } = this;
    const root = this.shadowRoot || this.attachShadow({ mode: 'open' });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(document.createElement('slot'));
    native.removeAttribute('controls');
    const { changed, speak } = Object.assign(this, face(this, signal));
    this.session = createSession(native, { url, manifest, signal, changed, markup: () => markupSources(this, native) });
    redispatch(this, signal, changed);
    this.addEventListener('fullscreenchange', changed, { signal });
    // A press that began on the browser's own controls and ended on ours reaches only what holds both.
    this.addEventListener('click', (event) => event.composedPath()[0] === this && this.ask('play'), { signal });
    speak();
    this.session.start();
    if (this.hasAttribute('autoplay')) this.ask('play');
    const more = () => this.extras();
    for (const intent of ['pointerenter', 'focusin', 'play']) this.addEventListener(intent, more, { signal });
    if (this.hasAttribute('start') || /t=/.test(location.hash)) more();
  }

  /** @param {string} what @param {any} [value] */
  ask(what, value) {
    request(this, what, value);
  }

  /** Menus, keys, hover: fetched while idle, put to work when the reader comes near. */
  extras() {
    return this.later('more');
  }

  /** @param {'more' | 'deadend'} name @returns {Promise<any>} undefined where it cannot be had */
  async later(name) {
    const life = this.#life;
    const module = await site.load(name + '.js').catch(() => {});
    if (life && life === this.#life) this[name] ??= module?.default(this, life.signal);
    return this[name];
  }

  /** Another item, or another source: begins anew. */
  restart() {
    this.#close();
    this.connectedCallback();
  }

  #close() {
    this.#life?.abort();
    this.#life = this.more = this.deadend = undefined;
    this.session?.reset();
    this.ui?.element.remove();
    this.ui = /** @type {any} */ (undefined);
    this.view = /** @type {any} */ ({});
  }

  /** @returns {Promise<void>} as HTMLMediaElement's; settled when it is known whether it plays */
  play() {
    this.ask('play');
    return this.extras().then((more) => more?.settled());
  }

  pause() {
    this.session?.pause();
  }

  load() {
    this.session?.reset();
  }

  get phase() {
    return this.view.phase || 'idle';
  }

  get reason() {
    return this.view.reason;
  }
}

mirror(SteadyPlayer.prototype);
