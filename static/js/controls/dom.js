// @ts-check
/** The few ways in which controls are made: DOM calls only, so that Trusted Types and a strict CSP hold. */
import { ICONS } from './icons.js';

/**
 * @param {string} tag
 * @param {string} [part] class, and name for `::part()`
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function h(tag, part, ...children) {
  const element = document.createElement(tag);
  if (part) {
    element.className = part;
    element.setAttribute('part', part);
  }
  element.append(...children);
  return element;
}

/** Sets an attribute where it is not so already. @param {Element} element @param {string} name @param {string | number | boolean} value */
export const set = (element, name, value) =>
  element.getAttribute(name) === String(value) || element.setAttribute(name, String(value));

/** The name that is heard, and the one that is seen on hover. @param {Element} element @param {string} text */
export function label(element, text) {
  set(element, 'aria-label', text);
  set(element, 'title', text);
}

const SVG = 'http://www.w3.org/2000/svg';

/** A 24 × 24 picture of one path. @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** Changes a button's picture and its name; nothing is touched where nothing changed.
 * @param {HTMLElement} button @param {keyof typeof ICONS} name @param {string} text */
export function show(button, name, text) {
  const path = /** @type {Element} */ (button.querySelector('path'));
  set(path, 'd', ICONS[name]);
  label(button, text);
}

/**
 * @param {string} part
 * @param {() => void} press
 * @param {...(Node | string)} children
 */
export function button(part, press, ...children) {
  const element = h('button', part, ...children);
  set(element, 'type', 'button');
  element.onclick = press;
  return element;
}
