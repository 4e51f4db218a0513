// @ts-check
/** The honest dead end: what is the case, and a way on. Why, and the other ways on, come with the dead-end feature. */
import { button, h } from './dom.js';

/** @param {import('./ui.js').Context} context */
export function message({ ask, t }) {
  const why = h('p');
  const retry = button('action retry', () => ask('retry'), t('retry'));
  const element = h('div', 'message', h('div', 'text', h('strong', '', t('none')), why), retry);
  element.setAttribute('role', 'status');
  return { element, why, retry, patch() {} };
}
