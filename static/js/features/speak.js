// @ts-check
/**
 * The words for a time: "1 minute 5 seconds", in any language that Intl knows.
 * @param {number} seconds
 * @param {string} lang BCP 47
 */
export function speak(seconds, lang) {
  if (!Number.isFinite(seconds)) return '';
  const whole = Math.max(0, Math.floor(seconds));
  /** @type {[number, string][]} */
  const parts = [[Math.floor(whole / 3600), 'hour'], [Math.floor(whole / 60) % 60, 'minute'], [whole % 60, 'second']];
  const said = parts.filter(([n, unit]) => n || (unit === 'second' && !whole));
  return said.map(([n, unit]) => counter(lang, unit).format(n)).join(' ');
}

/** Making one costs far more than using one. @type {Record<string, Intl.NumberFormat>} */
const counters = {};

/** @param {string} lang @param {string} unit */
const counter = (lang, unit) =>
  (counters[lang + unit] ??= new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }));

/** A position in words. @param {import('../player.js').SteadyPlayer} player @param {number} seconds @param {number} of */
export function position({ words: { t, tag } }, seconds, of) {
  const current = speak(seconds, tag);
  return of ? t('position', { current, duration: speak(of, tag) }) : current;
}
