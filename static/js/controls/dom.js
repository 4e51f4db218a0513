// @ts-check
/** The few ways in which controls are made: DOM calls only, so that Trusted Types and a strict CSP hold. */

/**
 * @param {string} tag
 * @param {string} [part] class, and name for `::part()`
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function h(tag, part, ...children) {
  const element = document.createElement(tag);
  // An assignment to `part` sets the attribute (CSS Shadow Parts, section 6).
  if (part) element.className = /** @type {any} */ (element).part = part;
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

/** A button of the row, which the style sheet draws. What it asks for is in ui.js. @param {string} part @param {string} name */
export function key(part, name) {
  const element = h('button', part);
  label(element, name);
  return element;
}

/**
 * @param {string} part
 * @param {() => void} press
 * @param {...(Node | string)} children
 */
export function button(part, press, ...children) {
  const element = h('button', part, ...children);
  element.onclick = press;
  return element;
}

/** @param {Element} element @param {string} part @returns {HTMLElement} null where the part is missing */
export const find = (element, part) => /** @type {any} */ (element.querySelector('.' + part));
