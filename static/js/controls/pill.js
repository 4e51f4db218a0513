// @ts-check
/** The play control before playback: it says what it does and how long; "Please wait" stands in the same place. */
import { button, h, icon } from './dom.js';

/** @param {import('./ui.js').Context} context */
export function pill({ ask, t, time }) {
  const words = h('span');
  const element = button('pill', () => ask(element.hasAttribute('data-busy') ? 'pause' : 'play'), icon('play'), words);
  return {
    element,
    /** @param {import('./ui.js').View} view */
    patch({ kind, duration, waiting }) {
      // The isolates keep a time in one piece between words of either direction (Unicode UAX 9).
      const text = duration ? t(kind === 'video' ? 'watch' : 'listen', { time: `\u2066${time(duration)}\u2069` }) : t('play');
      const said = waiting ? t('wait') : text || time(duration);
      if (words.textContent !== said) words.textContent = said;
      element.toggleAttribute('data-busy', waiting);
    },
  };
}
