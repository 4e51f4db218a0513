// @ts-check
/**
 * How captions look, as a reader may wish it: 47 CFR 79.103(c) names the sizes, the eight colours, the opacities, the
 * edges and the eight fonts that there have to be.
 *
 * @typedef {object} Style
 * @property {number} size 1 is the usual @property {keyof typeof FONTS} font @property {keyof typeof EDGES} edge
 * @property {keyof typeof COLOURS} text @property {number} textOpacity 0–1
 * @property {keyof typeof COLOURS} background @property {number} backgroundOpacity
 * @property {keyof typeof COLOURS} window @property {number} windowOpacity
 */

export const SIZES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
export const OPACITIES = [0, 0.25, 0.5, 0.75, 1];

export const COLOURS = {
  white: '#ffffff', black: '#000000', red: '#ff3b30', green: '#00e05a', blue: '#2f6bff', yellow: '#ffe600', magenta: '#ff3df2', cyan: '#00e5ff',
}; // prettier-ignore

export const FONTS = {
  default: 'inherit',
  sans: 'Arial, Helvetica, sans-serif',
  serif: '"Times New Roman", Times, serif',
  monoSans: 'Menlo, Consolas, "DejaVu Sans Mono", monospace',
  monoSerif: '"Courier New", Courier, monospace',
  casual: '"Comic Sans MS", "Comic Neue", "Chalkboard SE", fantasy',
  cursive: '"Snell Roundhand", "Segoe Script", "URW Chancery L", cursive',
  smallCaps: 'inherit',
};

/** Shadows, in parts of the size of the letters. */
export const EDGES = {
  none: 'none',
  raised: '.03em .03em #222, .05em .05em #222, .08em .08em #222',
  depressed: '.03em .03em #ccc, -.03em -.03em #222, -.05em -.05em #222',
  outline: '0 0 .08em #000, .05em 0 #000, -.05em 0 #000, 0 .05em #000, 0 -.05em #000',
  shadow: '.06em .06em .12em #000, .06em .06em .2em #000',
};

/** @type {Style} what they look like until the reader says otherwise */
export const USUAL = {
  size: 1, font: 'default', edge: 'none', text: 'white', textOpacity: 1, background: 'black', backgroundOpacity: 0.75, window: 'black', windowOpacity: 0,
}; // prettier-ignore

/** @param {keyof typeof COLOURS} colour @param {number} opacity 0–1 @returns {string} #rrggbbaa */
const see = (colour, opacity) => COLOURS[colour] + Math.round(opacity * 255).toString(16).padStart(2, '0');

/** What was kept, if it is still something that we know. @param {Partial<Style> | undefined} kept @returns {Style} */
export function checked(kept) {
  const style = { ...USUAL, ...kept };
  const known = COLOURS[style.text] && COLOURS[style.background] && COLOURS[style.window] && FONTS[style.font] && EDGES[style.edge];
  const numbers = [style.size, style.textOpacity, style.backgroundOpacity, style.windowOpacity];
  return known && numbers.every((n) => n >= 0 && n <= 3) ? style : USUAL;
}

/** Dresses whatever holds captions, by properties that its style sheet reads. @param {HTMLElement} element @param {Style} style */
export function wear(element, style) {
  const { size, font, edge, text, textOpacity, background, backgroundOpacity, window, windowOpacity } = style;
  const put = (/** @type {string} */ name, /** @type {string} */ value) => element.style.setProperty(`--cue-${name}`, value);
  put('size', String(size));
  put('font', FONTS[font]);
  put('caps', font === 'smallCaps' ? 'small-caps' : 'normal');
  put('edge', EDGES[edge]);
  put('text', see(text, textOpacity));
  put('background', see(background, backgroundOpacity));
  put('window', see(window, windowOpacity));
}
