// @ts-check
/** Where the reader says how captions shall look, with a line to see it by (47 CFR 79.103(c)(10)). */
import { button, h, set } from '../controls/dom.js';
import { section } from './choice.js';
import { keep, kept } from './kept.js';
import { COLOURS, EDGES, FONTS, OPACITIES, SIZES, USUAL, checked, wear } from './style.js';

/** @typedef {import('../player.js').SteadyPlayer} Player @typedef {import('./wording.js').Say} Say @typedef {import('./style.js').Style} Style */

/** @param {string} name @param {[value: string | number, text: string][]} options @param {string | number} now @param {(value: any) => void} pick */
function select(name, options, now, pick) {
  const element = /** @type {HTMLSelectElement} */ (h('select', '', ...options.map(([value, text]) => {
    const option = /** @type {HTMLOptionElement} */ (h('option', '', text));
    option.value = String(value);
    option.selected = value === now;
    return option;
  }))); // prettier-ignore
  set(element, 'aria-label', name);
  element.onchange = () => pick(options[element.selectedIndex][0]);
  return element;
}

/** Native radios that look like their colours. @param {string} name @param {string} now @param {Say} say @param {(colour: string) => void} pick */
function swatches(name, now, say, pick) {
  const group = `g${Math.random()}`;
  const element = h('div', 'swatches', ...Object.entries(COLOURS).map(([colour, value]) => {
    const radio = /** @type {HTMLInputElement} */ (h('input', 'swatch'));
    radio.type = 'radio';
    radio.name = group;
    radio.checked = colour === now;
    radio.onchange = () => pick(colour);
    radio.style.setProperty('--swatch', value);
    set(radio, 'aria-label', say(/** @type {any} */ (colour)));
    set(radio, 'title', say(/** @type {any} */ (colour)));
    return radio;
  })); // prettier-ignore
  set(element, 'role', 'radiogroup');
  set(element, 'aria-label', name);
  return element;
}

/** @param {Player} player @param {Say} say */
export function styling(player, say) {
  const { tag, t } = player.words;
  const percent = new Intl.NumberFormat(tag, { style: 'percent' });
  return section(say('style'), () => '', () => {
    const sample = h('span', 'line', t('captions'));
    const preview = h('div', 'preview', h('span', 'cue', h('span', 'window', sample)));
    set(preview, 'aria-hidden', true);
    const rows = h('div', 'rows');
    /** @param {Style | undefined} style */
    const show = (style) => {
      wear(preview, checked(style));
      player.more.part('captions').then((/** @type {any} */ captions) => captions?.wear());
    };
    /** @param {Partial<Style>} change */
    const pick = (change) => {
      const style = { ...checked(kept().style), ...change };
      keep({ style });
      show(style);
    };
    /** @param {string} name @param {...Node} parts */
    const row = (name, ...parts) => h('div', 'row-of', h('span', 'name', name), ...parts);
    /** @param {Record<string, any>} from @returns {[string, string][]} */
    const names = (from) => Object.keys(from).map((key) => [key, say(/** @type {any} */ (key))]);
    /** @param {number[]} from @returns {[number, string][]} */
    const shares = (from) => from.map((value) => [value, percent.format(value)]);
    /** A colour, and how much of it is seen. @param {'text' | 'background' | 'window'} what */
    const colour = (what) => {
      const style = checked(kept().style);
      const name = say(what);
      const strong = /** @type {'textOpacity'} */ (`${what}Opacity`);
      return h('div', 'colour',
        row(name, select(`${name}: ${say('opacity')}`, shares(OPACITIES), style[strong], (value) => pick({ [strong]: value }))),
        swatches(name, style[what], say, (value) => pick({ [what]: value }))); // prettier-ignore
    };
    const fill = () => {
      const { size, font, edge } = checked(kept().style);
      rows.replaceChildren(
        row(say('size'), select(say('size'), shares(SIZES), size, (value) => pick({ size: value }))),
        row(say('font'), select(say('font'), names(FONTS), font, (value) => pick({ font: value }))),
        row(say('edge'), select(say('edge'), names(EDGES), edge, (value) => pick({ edge: value }))),
        colour('text'), colour('background'), colour('window')); // prettier-ignore
    };
    const reset = button('item', () => {
      keep({ style: undefined });
      fill();
      show(USUAL);
    }, say('reset')); // prettier-ignore
    fill();
    wear(preview, checked(kept().style));
    return [preview, rows, reset];
  });
}
