// @ts-check
/** The honest dead end: what is the case, and a way on. Why, and the other ways on, come with the dead-end feature. */
import { h, set } from './dom.js';

/** @param {import('./ui.js').Context} context */
export function message({ t }) {
  const why = h('p');
  const retry = h('button', 'retry', t('retry'));
  const element = h('div', 'message', h('div', 'text', h('strong', '', t('none')), why), retry);
  set(element, 'role', 'status');
  return { element, why, retry, patch() {} };
}
