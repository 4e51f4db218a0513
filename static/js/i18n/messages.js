// @ts-check
/**
 * What is said, by stable key. The English words that cannot wait are part of the first load; every other word, and every
 * other language, is fetched, and where that fails the player works on with what it has.
 *
 * @typedef {typeof import('./en.js').default} Messages
 */
import { site } from '../site.js';
import critical from './en.js';

/** The languages that there are files for: BCP 47, lower case; filled in by the build. */
const LANGUAGES = __LANGUAGES__;
/** How long another language is waited for before English speaks, in ms. */
const PATIENCE = 3000;

/** @param {string} tag BCP 47 @returns {string} the language of ours that serves it best; `en` where none does */
export function resolve(tag) {
  const lower = tag.toLowerCase();
  const language = lower.split('-')[0];
  if (language === 'zh') return /hant|tw|hk|mo/.test(lower) ? 'zh-hant' : 'zh-hans';
  return [lower, language, { nb: 'no', nn: 'no', iw: 'he', in: 'id' }[language]].find((name) => name && LANGUAGES.includes(name)) || 'en';
}

/** Whether a language is written from right to left. @param {string} tag */
export const isRtl = (tag) => /^(ar|dv|fa|he|iw|ps|sd|ug|ur|yi|ckb)\b/i.test(tag);

/** @type {Record<string, Promise<Partial<Messages>>>} */
const fetched = {};

/** All words of a language. @param {string} name as `resolve` gives it @returns {Promise<Partial<Messages>>} never rejects */
const fetchWords = (name) =>
  (fetched[name] ??= site.load(`i18n/${name}.js`).then(
    (module) => module.default,
    () => {
      delete fetched[name];
      return critical;
    },
  ));

/**
 * The words of one player.
 * @param {Element} host its language, or that of what it stands in
 * @param {() => void} changed
 */
export function vocabulary(host, changed) {
  const asked = host.closest('[lang]')?.getAttribute('lang') || 'en';
  const name = resolve(asked);
  // A tag that Intl would refuse, or a language that we do not speak, must not break or mix what is said.
  const [tag] = Intl.NumberFormat.supportedLocalesOf(/^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(asked) && resolve(asked) !== 'en' ? asked : name);
  const own = {
    tag: tag || name,
    /** Empty until the language is here: no English flashes up on a page of another tongue. @type {Partial<Messages>} */
    messages: name === 'en' ? critical : {},
    /** Brings in every word; until then there are those that cannot wait. */
    async complete() {
      const late = setTimeout(() => own.messages.play || use(critical), PATIENCE);
      use(await fetchWords(name));
      clearTimeout(late);
    },
    /** @param {keyof Messages} key @param {Record<string, string>} [values] */
    t(key, values = {}) {
      const text = /** @type {string | undefined} */ (own.messages[key]) || '';
      return text.replace(/{(\w+)}/g, (_, slot) => values[slot] ?? '');
    },
  };
  const use = (/** @type {Partial<Messages>} */ messages) => {
    if (own.messages === messages) return;
    own.messages = messages;
    changed();
  };
  if (name !== 'en') own.complete();
  return own;
}
