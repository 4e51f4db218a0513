// @ts-check
/**
 * The timecode's face. Each digit is a strip of ten that is moved by a transform, so that a second passing costs no
 * layout of the page; the text stands beside it for whoever reads the DOM, where it is not laid out.
 */
import { h, set } from './dom.js';

/** @param {string} time in Latin digits */
const strips = (time) => [...time].map((sign) => (sign === ':' ? sign : h('span', 'digit')));

/** @param {string} part */
export function face(part) {
  const text = h('b');
  const face = h('span', 'face', ...strips('0:00'));
  text.hidden = true;
  set(face, 'aria-hidden', 'true');
  return h('span', part, text, face);
}

/** @param {Element} element a face @param {string} time in Latin digits @param {string} full what a reader of the DOM finds */
export function tell(element, time, full) {
  const [text, face] = element.children;
  if (text.textContent === full) return;
  text.textContent = full;
  // As many signs are the same signs, in the duration's shape.
  if (face.childNodes.length !== time.length) face.replaceChildren(...strips(time));
  [...time.replace(/:/g, '')].forEach((digit, i) => /** @type {HTMLElement} */ (face.children[i]).style.setProperty('--n', digit));
}
