// @ts-check
/**
 * The controls as one: what is shown in which state. Built once for a language, then patched.
 *
 * @typedef {object} View everything that can be seen, derived anew at each change
 * @property {import('../machine.js').Phase} phase
 * @property {string} kind audio or video
 * @property {string | null} reason a reason code
 * @property {boolean} waiting for long enough to say so @property {boolean} busy
 * @property {boolean} started something has been played
 * @property {boolean} paused @property {boolean} ended
 * @property {number} time @property {number} duration seconds, NaN where unknown @property {[number, number][]} buffered
 * @property {boolean} muted @property {number} volume
 * @property {boolean} fullscreen
 *
 * @typedef {object} Context
 * @property {(what: string, value?: any) => void} ask a request; whoever owns the media element acts on it
 * @property {(key: keyof import('../i18n/messages.js').Messages, values?: Record<string, string>) => string} t
 * @property {(seconds: number, shape?: number) => string} plain a time in Latin digits, in the shape of one of `shape` seconds
 * @property {(text: string) => string} local in the reader's digits
 * @property {(seconds: number, shape?: number) => string} time both
 * @property {(seconds: number, of: number) => string | undefined} speak a position in words, once they are here
 * @property {string[]} digits 0–9 in the reader's writing
 * @property {string} kind @property {string} tag BCP 47
 * @property {boolean} canFull
 */
import { bar } from './bar.js';
import { h, set } from './dom.js';
import { message } from './message.js';
import { pill } from './pill.js';

/** What the buttons ask for, where it is not what they are called. @type {Record<string, string>} */
const ASKS = { play: 'toggle', pill: 'toggle', mute: 'muted', more: 'menu' };

/** @param {Context} context */
export function ui(context) {
  const { ask, t, tag, kind, digits } = context;
  /** Built when first shown: an idle page of twenty videos holds twenty pills and no more. @type {Record<string, any>} */
  const built = {};
  const element = h('div', `ui ${kind}`);
  element.lang = tag;
  element.style.setProperty('--digits', `"${digits.join('\\a ')}"`);
  set(element, 'role', 'region');
  set(element, 'aria-label', t(/** @type {any} */ (kind)));
  element.onclick = ({ target }) => {
    const name = /** @type {Element} */ (target).closest('button')?.classList[0];
    if (name) ask(ASKS[name] || name);
  };

  return {
    element,
    built,
    context,
    /** @param {View} view */
    patch(view) {
      const { phase, waiting, paused } = view;
      const main = /^[uf]/.test(phase) ? 'message' : kind === 'audio' || view.started ? 'bar' : 'pill';
      const focused = element.querySelector(':focus');
      for (const [name, make] of Object.entries({ pill, bar, message })) {
        const on = name === main || (name === 'pill' && waiting && kind === 'video' && main === 'bar');
        if (on && !built[name]) element.append((built[name] = make(context)).element);
        if (!built[name]) continue;
        built[name].element.toggleAttribute('hidden', !on);
        if (on) built[name].patch(view);
      }
      // What had the focus is gone: it goes on to what took its place.
      if (focused?.closest('[hidden]')) built[main].element.querySelector('button')?.focus();
      set(element, 'data-phase', phase);
      element.toggleAttribute('data-waiting', waiting);
      element.toggleAttribute('data-paused', paused);
    },
  };
}
