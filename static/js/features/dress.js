// @ts-check
/** Adds what comes later to the one style sheet: each rule a layer, and once, so that one sheet stays one. */

/** @type {WeakMap<CSSStyleSheet, Set<string>>} */
const dressed = new WeakMap();

/** @param {import('../player.js').SteadyPlayer} player @param {string} rule */
export function dress(player, rule) {
  const [sheet] = player.shadowRoot?.adoptedStyleSheets || [];
  if (!sheet) return;
  const worn = dressed.get(sheet) || new Set();
  dressed.set(sheet, worn);
  if (worn.has(rule)) return;
  worn.add(rule);
  sheet.insertRule(rule, sheet.cssRules.length);
}
