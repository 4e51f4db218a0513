// @ts-check
/**
 * The timecode's face. Each digit is a strip of ten that is moved by a transform, so that a second passing costs no
 * layout of the page; the text stands beside it for whoever reads the DOM, where it is not laid out.
 */
import { h, set } from './dom.js';

/** @param {string} part @param {string[]} digits 0–9 as the reader writes them */
export function clock(part, digits) {
  const text = h('b');
  const face = h('span', 'face');
  const element = h('span', part, text, face);
  text.hidden = true;
  set(face, 'aria-hidden', 'true');
  let shape = '';
  /** @type {HTMLElement[]} */
  let strips = [];
  return {
    element,
    /** @param {string} time as `the context's `time` gives it @param {string} [full] what a reader of the DOM finds */
    patch(time, full = time) {
      if (text.textContent === full) return;
      text.textContent = full;
      const signs = [...time];
      const lit = signs.map((sign) => (digits.includes(sign) ? 0 : sign)).join('');
      if (lit !== shape) {
        shape = lit;
        strips = [];
        face.replaceChildren(
          ...signs.map((sign) => {
            if (!digits.includes(sign)) return sign;
            const strip = h('span', 'digit');
            strips.push(strip);
            return strip;
          }),
        );
      }
      let place = 0;
      for (const sign of signs) {
        const n = digits.indexOf(sign);
        if (n >= 0) strips[place++].style.setProperty('--n', String(n));
      }
    },
  };
}
