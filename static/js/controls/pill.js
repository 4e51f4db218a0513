// @ts-check
/** The play control before playback: it says what it does and how long; "Please wait" stands in the same place. */
import { h } from './dom.js';

/** @param {import('./ui.js').Context} context */
export function pill({ t, time }) {
  const element = h('button', 'pill', '');
  const words = /** @type {Text} */ (element.firstChild);
  return {
    element,
    /** @param {import('./ui.js').View} view */
    patch({ duration, waiting }) {
      // The isolates keep a time in one piece between words of either direction (Unicode UAX 9).
      const said = waiting ? t('wait') : duration ? t('watch', { time: `\u2066${time(duration)}\u2069` }) : t('play');
      if (words.data !== said) words.data = said;
      element.toggleAttribute('data-busy', waiting);
    },
  };
}
