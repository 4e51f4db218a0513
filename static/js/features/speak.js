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

/** The timeline speaks in words from now on. @param {import('../player.js').SteadyPlayer} player */
export function said({ ui, view, words: { t, tag } }) {
  if (!view.duration) return;
  const words = { current: speak(view.time, tag), duration: speak(view.duration, tag) };
  ui.built.bar?.timeline.say(view.duration | 0, view.time | 0, t('position', words));
}
