// @ts-check
/** The words of the menu, which few readers open: a file of their own in each language, fetched with it. */
import { fileOf } from '../i18n/messages.js';
import english from '../i18n/settings/en.js';
import { load } from '../beside.js';

/** @typedef {typeof english} Words @typedef {(key: keyof Words, values?: Record<string, string>) => string} Say */

/** @param {string} tag BCP 47 @returns {Promise<Say>} English where the language cannot be had; never rejects */
export async function wording(tag) {
  const name = fileOf(tag);
  const words = name === 'en' ? english : await load(`i18n/settings/${name}.js`).then((module) => module.default, () => english); // prettier-ignore
  return (key, values = {}) => (words[key] || english[key]).replace(/{(\w+)}/g, (/** @type {string} */ _, /** @type {string} */ slot) => values[slot] ?? '');
}
