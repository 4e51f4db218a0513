// @ts-check
/**
 * What is said, by stable key. The English words that cannot wait are part of the first load; every other word, and every
 * other language, is fetched, and where that fails the player works on with what it has.
 *
 * @typedef {typeof import('./en.js').default} Messages
 */
import { site } from '../site.js';
import critical from './en.js';

/** How long another language is waited for before English speaks, in ms. */
const PATIENCE = 3000;

/** The file that speaks a language: few are told apart by more than their first subtag. @param {string} tag BCP 47 */
export const fileOf = (tag) => /^(zh-\w+|pt-br|[a-z]*)/.exec(tag.toLowerCase())?.[0] || 'en';

/** All words of a language. @param {string} name as `fileOf` gives it @returns {Promise<Partial<Messages>>} never rejects */
const fetchWords = (name) =>
  site.load(`i18n/${name}.js`).then((module) => module.default, () => critical); // prettier-ignore

/**
 * The words of one player.
 * @param {Element} host its language, or that of what it stands in
 * @param {() => void} changed
 */
export function vocabulary(host, changed) {
  const asked = host.closest('[lang]')?.getAttribute('lang') || '';
  const name = fileOf(asked);
  const own = {
    tag: 'en',
    /** Empty until the language is here: no English flashes up on a page of another tongue. @type {Partial<Messages>} */
    messages: name === 'en' ? critical : {},
    /** Brings in every word; until then there are those that cannot wait. */
    async complete() {
      setTimeout(() => own.messages.play || use(critical), PATIENCE);
      use(await fetchWords(name));
    },
    /** @param {keyof Messages} key @param {Record<string, string>} [values] */
    t(key, values = {}) {
      const text = /** @type {string | undefined} */ (own.messages[key]) || '';
      return text.replace(/{(\w+)}/g, (_, slot) => values[slot] ?? '');
    },
  };
  const use = (/** @type {Partial<Messages>} */ messages) => {
    const { play } = own.messages;
    own.messages = messages;
    // Intl speaks what we speak, and is not given what it would choke on.
    own.tag = 'en';
    try {
      if (messages.reasons) [own.tag] = Intl.getCanonicalLocales(asked);
    } catch {}
    // More words of the same language need nothing built anew, which would cost the focus.
    if (play !== messages.play) changed();
  };
  if (name !== 'en') own.complete();
  return own;
}
