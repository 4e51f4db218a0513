// @ts-check
/** What is seen of one player: built in the language of the page, patched when something may look different. */
import { ui } from './controls/ui.js';
import { canFullscreen } from './facts/display.js';
import { vocabulary } from './i18n/messages.js';
import { digits, format } from './timecode.js';
import { derive } from './view.js';

/** How long "please wait" is held back, in ms. */
const PATIENCE = 250;

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function face(player, signal) {
  /** @type {any} */
  let timer;
  let waiting = false;
  let queued = false;

  /** Builds the controls in the language of the page. */
  function speak() {
    player.words = vocabulary(player, build);
    build();
  }

  function build() {
    const { native, words, ui: before } = player;
    // Not under a finger: the press would be lost.
    if (before?.element.matches(':active')) {
      setTimeout(build, 100);
      return;
    }
    const { tag, t } = words;
    const signs = digits(tag);
    const hours = { h: true, m: false }[player.getAttribute('timecode')?.[0] || ''];
    /** @type {import('./controls/ui.js').Context['plain']} */
    const plain = (seconds, shape = 0) => format(seconds, hours ?? (shape >= 3600 || undefined));
    const local = (/** @type {string} */ text) => text.replace(/\d/g, (digit) => signs[+digit]);
    /** @type {import('./controls/ui.js').Context['time']} */
    const time = (seconds, shape) => local(plain(seconds, shape));
    before?.element.remove();
    player.ui = ui({
      t, tag, digits: signs, plain, local, time,
      kind: native.localName,
      ask: (what, value) => player.ask(what, value),
      speak: (seconds, of) => player.more?.speak(seconds, of),
      canFull: canFullscreen(native),
    }); // prettier-ignore
    player.shadowRoot?.append(player.ui.element);
    changed();
  }

  /** Something may look different now. */
  function changed() {
    if (!queued) queueMicrotask(patch);
    queued = true;
  }

  function patch() {
    queued = false;
    const { view: before, ui, more } = player;
    if (signal.aborted || !ui) return;
    const seen = derive(player.session);
    if (seen.busy) timer ||= setTimeout(wait, PATIENCE);
    else {
      timer = clearTimeout(timer);
      waiting = false;
    }
    const view = (player.view = { ...seen, waiting, kind: player.native.localName, ...(/** @type {import('./player.js').Preview} */ (player).preview) });
    const { phase, reason } = view;
    if (phase !== before.phase || reason !== before.reason) {
      if (/^[uf]/.test(phase)) player.later('deadend');
      player.dispatchEvent(new CustomEvent('steady-phase', { detail: { phase, reason } }));
    } else if (more?.quiet(before, view)) return;
    ui.patch(view);
    more?.patch();
    player.deadend?.patch();
  }

  function wait() {
    waiting = true;
    changed();
  }

  return { changed, speak };
}
