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
 * @property {(seconds: number, shape?: number) => string} time in the reader's digits
 * @property {(seconds: number) => string} speak
 * @property {string[]} digits 0–9 in the reader's writing
 * @property {string} kind
 * @property {boolean} canFull
 */
import { bar } from './bar.js';
import { h, set } from './dom.js';
import { message } from './message.js';
import { pill } from './pill.js';

/** @param {Context} context */
export function ui(context) {
  const video = context.kind === 'video';
  /** Built when first shown: an idle page of twenty videos holds twenty pills and no more. @type {Record<string, any>} */
  const built = {};
  const element = h('div', `ui ${context.kind}`);

  return {
    element,
    built,
    context,
    /** @param {View} view */
    patch(view) {
      const dead = view.phase === 'unavailable' || view.phase === 'failed';
      let focused = false;
      const shown = dead ? ['message'] : !video ? ['bar'] : !view.started ? ['pill'] : view.waiting ? ['bar', 'pill'] : ['bar'];
      for (const [name, make] of Object.entries({ pill, bar, message })) {
        const on = shown.includes(name);
        if (on && !built[name]) element.append((built[name] = make(context)).element);
        if (!built[name]) continue;
        const { element: part } = built[name];
        focused ||= !on && part.matches(':focus-within');
        if (part.hidden === on) part.hidden = !on;
        if (on) built[name].patch(view);
      }
      // What had the focus is gone: it goes on to what took its place.
      if (focused) built[shown[0]].element.querySelector('button')?.focus();
      set(element, 'data-phase', view.phase);
      element.toggleAttribute('data-waiting', view.waiting);
      element.toggleAttribute('data-paused', view.paused);
    },
  };
}
