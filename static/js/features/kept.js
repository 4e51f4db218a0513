// @ts-check
/**
 * What the reader chose, for the next article. Where storage is forbidden, as in frames of other sites, nothing is kept,
 * and nothing breaks (HTML, 12.2.3: the getter throws).
 *
 * @typedef {object} Kept
 * @property {number} [volume] 0–1
 * @property {number} [rate]
 * @property {string} [captions] a language; empty: the reader wants none
 * @property {boolean} [saver] the least data
 * @property {import('./style.js').Style} [style] of captions
 */

const NAME = 'steady-player';

/** @returns {Kept} */
export function kept() {
  try {
    return Object(JSON.parse(localStorage.getItem(NAME) || ''));
  } catch {
    return {};
  }
}

/** @param {Kept} choice those that are undefined are forgotten */
export function keep(choice) {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...kept(), ...choice }));
  } catch {}
}
