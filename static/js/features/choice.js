// @ts-check
/** What menus are made of: native radios in a named group, and sections that unfold. */
import { button, h, set } from '../controls/dom.js';
import { ICONS } from './icons.js';
import { draw } from './picture.js';

/** @typedef {{name: string, on: boolean, pick: () => void, note?: string}} Option */
/** @typedef {{element: HTMLElement, shut: () => void, look: () => void}} Section `look`: what it tells may have changed */

/** @param {keyof typeof ICONS} name */
export const picture = (name) => draw(ICONS[name]);

/** Native radios, one a line or as chips. @param {string} legend @param {'option' | 'chip'} part @param {Option[]} options */
export function choice(legend, part, options) {
  const group = `g${Math.random()}`;
  return h('fieldset', '', h('legend', '', legend), h('div', part + 's', ...options.map(({ name, on, pick, note }) => {
    const radio = /** @type {HTMLInputElement} */ (h('input'));
    radio.type = 'radio';
    radio.name = group;
    radio.checked = on;
    radio.onchange = pick;
    return h('label', part, radio, h('span', 'name', name), ...(note ? [h('span', 'note', note)] : []));
  }))); // prettier-ignore
}

/** A switch with two states. @param {string} name @param {boolean} on @param {(on: boolean) => void} pick */
export function toggle(name, on, pick) {
  const box = /** @type {HTMLInputElement} */ (h('input', 'switch'));
  box.type = 'checkbox';
  box.checked = on;
  set(box, 'role', 'switch');
  box.onchange = () => pick(box.checked);
  return h('label', 'option', h('span', 'name', name), box);
}

/**
 * A line of the menu that unfolds into the whole of it (WAI-ARIA disclosure pattern): the line stays, and is the way back.
 * @param {string} title @param {() => string} value what holds now @param {() => Node[]} fill called when it opens
 * @returns {Section}
 */
export function section(title, value, fill) {
  const panel = h('div', 'panel');
  const said = h('span', 'note');
  const head = button('item head', () => turn(!!panel.hidden), h('span', 'name', title), said, picture('unfold'));
  const element = h('div', 'section', head, panel);
  let told = value();
  const turn = (/** @type {boolean} */ open) => {
    panel.hidden = !open;
    if (open) panel.replaceChildren(...fill());
    else panel.replaceChildren();
    said.textContent = told = value();
    set(head, 'aria-expanded', open);
    element.toggleAttribute('data-open', open);
    element.parentElement?.toggleAttribute('data-open', open);
    head.focus();
  };
  const look = () => {
    if (told === value()) return;
    said.textContent = told = value();
    if (panel.hidden) return;
    const root = /** @type {ShadowRoot} */ (panel.getRootNode());
    const at = Array.from(panel.querySelectorAll('input')).indexOf(/** @type {any} */ (root.activeElement));
    panel.replaceChildren(...fill());
    if (at >= 0) panel.querySelectorAll('input')[at]?.focus();
  };
  said.textContent = told;
  panel.hidden = true;
  set(head, 'aria-expanded', false);
  return { element, shut: () => turn(false), look };
}
