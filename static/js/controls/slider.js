// @ts-check
/**
 * A slider that is moved by transforms alone: no layout while it moves. WAI-ARIA slider pattern.
 * Always left to right, in right-to-left pages too, as timelines are.
 */
import { h, set as put } from './dom.js';

/**
 * @param {string} part
 * @param {string} label
 * @param {object} options
 * @param {(fraction: number) => void} options.set the reader chose, 0–1
 * @param {() => number} options.step what an arrow key adds, as a fraction
 * @param {(fraction: number) => void} options.drag while the pointer is down, before anything is chosen
 */
export function slider(part, label, { set, step, drag }) {
  const buffered = h('i', 'buffered');
  const done = h('i', 'done');
  const thumb = h('i', 'thumb');
  const element = h('div', `${part} slider`, h('i', 'rail', buffered, done), thumb);
  element.tabIndex = 0;
  put(element, 'role', 'slider');
  put(element, 'aria-label', label);
  let held = false;
  let value = 0;

  const clamp = (/** @type {number} */ fraction) => Math.min(1, Math.max(0, fraction));
  const at = (/** @type {PointerEvent} */ event) => {
    const { left, width } = element.getBoundingClientRect();
    return clamp((event.clientX - left) / width);
  };
  const move = (/** @type {number} */ fraction) => {
    value = fraction;
    done.style.transform = `scaleX(${fraction})`;
    thumb.style.transform = `translateX(${fraction * 100}%)`;
  };
  const hold = (/** @type {PointerEvent} */ event) => {
    move(at(event));
    drag(at(event));
  };
  const release = (/** @type {PointerEvent} */ event) => {
    if (!held) return;
    held = false;
    if (event.type === 'pointerup') set(value);
  };
  element.onpointerdown = (event) => {
    if (event.button) return;
    held = true;
    element.setPointerCapture(event.pointerId);
    hold(event);
  };
  element.onpointermove = (event) => held && hold(event);
  element.onpointerup = element.onpointercancel = release;
  element.onkeydown = (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity }[key];
    if (!way || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    event.stopPropagation();
    // Moved at once: the next key may come before the media element has answered.
    move(clamp(value + way * step()));
    set(value);
  };
  return {
    element,
    buffered,
    /** @param {number} fraction 0–1 @returns {boolean} whether it is free to move: not while the reader holds it */
    patch(fraction) {
      if (!held) move(fraction || 0);
      return !held;
    },
    /** @param {number} max @param {number} now @param {string} text in words */
    say(max, now, text) {
      // By toFixed: V8 keeps what String makes of numbers, in 64 kB from the first clash on.
      put(element, 'aria-valuemax', max.toFixed());
      put(element, 'aria-valuenow', now.toFixed());
      put(element, 'aria-valuetext', text);
    },
  };
}
