// @ts-check
/** The custom element `<steady-player>`: a shell that wires the rest. */
import css from '../css/player.css';
import { set } from './controls/dom.js';
import { ui } from './controls/ui.js';
import { canFullscreen } from './facts/display.js';
import { PASSED, inlineManifest, makeMedia, markupSources, takePlace, whenParsed } from './frame.js';
import { vocabulary } from './i18n/messages.js';
import { fetchManifest } from './manifest.js';
import { mirror, redispatch } from './mirror.js';
import { request } from './requests.js';
import { createSession } from './session.js';
import { site } from './site.js';
import { digits, format } from './timecode.js';
import { derive } from './view.js';

/** One style sheet for all players of the page. @type {CSSStyleSheet | undefined} */
let sheet;
/** How long "please wait" is held back, in ms. */
const PATIENCE = 250;

export class SteadyPlayer extends HTMLElement {
  static observedAttributes = ['media', 'src', 'lang', ...PASSED];
  /** @type {any} the author's `<audio>` or `<video>`, or one of our own */
  native = null;
  /** @type {import('./session.js').Session} */
  session = /** @type {any} */ (null);
  /** Everything that can be seen. @type {import('./controls/ui.js').View} */
  view = /** @type {any} */ ({});
  /** @type {ReturnType<typeof ui>} */
  ui = /** @type {any} */ (null);
  /** @type {ReturnType<typeof vocabulary>} */
  words = /** @type {any} */ (null);
  /** Parts of the view that are shown whatever is true: QA pages hold a state by them. @type {Partial<import('./controls/ui.js').View>} */
  #preview = {};
  #waiting = false;
  /** @type {AbortController | undefined} */
  #life;
  #queued = false;
  #timer = 0;
  /** What has been fetched beyond the first load. @type {any} */
  more;
  /** @type {any} */
  deadend;

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
      if (!kind && url) kind = (manifest = (await fetchManifest(url, 8000)) || undefined)?.kind;
      if (signal.aborted) return;
      this.native = makeMedia(this, kind);
    }
    takePlace(this, this.native, () => signal.aborted || this.#upgrade(signal, url, manifest));
  }

  /** @param {AbortSignal} signal @param {string | undefined} url @param {import('./manifest.js').Manifest | undefined} manifest */
  #upgrade(signal, url, manifest) {
    const { native } = this;
    const root = this.shadowRoot || this.attachShadow({ mode: 'open' });
    const changed = () => this.changed();
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(document.createElement('slot'));
    native.removeAttribute('controls');
    this.session = createSession(native, { url, manifest, signal, changed, markup: () => markupSources(this, native) });
    redispatch(this, signal, changed);
    // A press that began on the browser's own controls and ended on ours reaches only what holds both.
    this.addEventListener('click', (event) => event.composedPath()[0] === this && this.ask('play'), { signal });
    document.addEventListener('fullscreenchange', changed, { signal });
    this.speak();
    this.session.start();
    if (this.hasAttribute('autoplay')) this.ask('play');
    const more = () => this.extras();
    for (const intent of ['pointerenter', 'focusin', 'play']) this.addEventListener(intent, more, { signal, once: true });
    if (this.hasAttribute('start') || /[#&]t=/.test(location.hash)) more();
  }

  /** Builds the controls in the language of the page. */
  speak() {
    this.words = vocabulary(this, () => this.#build());
    this.#build();
  }

  #build() {
    // Not under a finger: the press would be lost.
    if (this.ui?.element.matches(':active')) {
      setTimeout(() => this.#build(), 100);
      return;
    }
    const { tag, t } = this.words;
    const signs = digits(tag);
    const kind = this.native.localName;
    const hours = { 'h:mm:ss': true, 'm:ss': false }[this.getAttribute('timecode') || ''];
    const local = (/** @type {string} */ text) => text.replace(/\d/g, (digit) => signs[+digit]);
    this.ui?.element.remove();
    this.ui = ui({
      t, kind, digits: signs,
      ask: (what, value) => this.ask(what, value),
      time: (seconds, shape = 0) => local(format(seconds, hours ?? (shape >= 3600 || undefined))),
      speak: (seconds) => this.more?.speak(seconds) ?? local(format(seconds)),
      canFull: canFullscreen(this.native),
    }); // prettier-ignore
    const { element } = this.ui;
    element.lang = tag;
    element.style.setProperty('--digits', `"${signs.join('\\a ')}"`);
    set(element, 'role', 'region');
    set(element, 'aria-label', t(/** @type {any} */ (kind)));
    this.shadowRoot?.append(element);
    this.changed();
  }

  /** Something may look different now. */
  changed() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      if (this.#life && this.ui) this.#patch();
    });
  }

  #patch() {
    const before = this.view;
    const seen = derive(this.session);
    if (!seen.busy) {
      clearTimeout(this.#timer);
      this.#timer = 0;
      this.#waiting = false;
    } else this.#timer ||= setTimeout(() => {
        this.#waiting = true;
        this.changed();
      }, PATIENCE);
    this.view = { ...seen, waiting: this.#waiting, kind: this.native.localName, ...this.#preview };
    const { phase, reason } = this.view;
    if (phase !== before.phase || reason !== before.reason) {
      if (phase === 'unavailable' || phase === 'failed') this.later('deadend');
      this.dispatchEvent(new CustomEvent('steady-phase', { detail: { phase, reason } }));
    } else if (this.more?.quiet(before, this.view)) return;
    this.ui.patch(this.view);
    this.more?.patch();
    this.deadend?.patch();
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
    this.native.removeAttribute('src');
    this.native.load();
    this.connectedCallback();
  }

  #close() {
    this.#life?.abort();
    this.#life = this.more = this.deadend = undefined;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.session?.reset();
    this.ui?.element.remove();
    this.ui = /** @type {any} */ (null);
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

  /** @param {Partial<import('./controls/ui.js').View>} parts */
  set preview(parts) {
    this.#preview = parts || {};
    this.changed();
  }
}

mirror(SteadyPlayer.prototype);
