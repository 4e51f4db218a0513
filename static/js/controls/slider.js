// @ts-check
/**
 * A slider that is moved by transforms alone: no layout while it moves. WAI-ARIA slider pattern.
 * Always left to right, in right-to-left pages too, as timelines are.
 */
import { h, set } from './dom.js';

/** @typedef {HTMLElement & {value: number}} Slider `value`: where it stands, 0–1 */

/** @param {string} part @param {string} label */
export function slider(part, label) {
  const element = h('div', `${part} slider`, h('i', 'rail', h('i', 'buffered'), h('i', 'done')), h('i', 'thumb'));
  element.tabIndex = 0;
  set(element, 'role', 'slider');
  set(element, 'aria-label', label);
  return /** @type {Slider} */ (element);
}

/** @param {Slider} slider @param {number} value */
export function move(slider, value) {
  if (slider.value === value) return;
  slider.value = value;
  const [rail, thumb] = /** @type {any} */ (slider.children);
  rail.children[1].style.transform = `scaleX(${value})`;
  thumb.style.transform = `translateX(${value * 100}%)`;
}

/** @param {Element} slider @param {number} max @param {number} now @param {string} text in words */
export function say(slider, max, now, text) {
  // By toFixed: V8 keeps what String makes of numbers, in 64 kB from the first clash on.
  set(slider, 'aria-valuemax', max.toFixed());
  set(slider, 'aria-valuenow', now.toFixed());
  set(slider, 'aria-valuetext', text);
}

/**
 * Fingers, pointers and keys on any slider of the bar.
 * @param {HTMLElement} bar
 * @param {(slider: Slider, chosen?: boolean) => void} moved by the reader; not `chosen` while the pointer is down
 * @returns {() => Slider | undefined} the one that the reader holds
 */
export function slides(bar, moved) {
  /** @type {Slider | undefined} */
  let held;
  const to = (/** @type {Slider} */ slider, /** @type {number} */ value, /** @type {boolean} */ chosen) => {
    move(slider, Math.min(1, Math.max(0, value)));
    moved(slider, chosen);
  };
  const act = (/** @type {any} */ event) => {
    const { type, key, target } = event;
    const slider = target.closest('.slider');
    if (type === 'keydown') {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity }[/** @type {string} */ (key)];
      if (!slider || !way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      // Five seconds, or five percent. Moved at once: the next key may come before the media element has answered.
      to(slider, slider.value + (way * 5) / slider.getAttribute('aria-valuemax'), true);
      return;
    }
    if (type === 'pointerdown' && slider && !event.button) {
      held = slider;
      slider.setPointerCapture(event.pointerId);
    }
    if (!held) return;
    const { left, width } = held.getBoundingClientRect();
    to(held, (event.clientX - left) / width, type === 'pointerup');
    if (/(up|cel)$/.test(type)) held = undefined;
  };
  bar.onpointerdown = bar.onpointermove = bar.onpointerup = bar.onpointercancel = bar.onkeydown = act;
  return () => held;
}
