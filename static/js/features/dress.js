// @ts-check
/** Adds what comes later to the one style sheet: one rule, a layer, so that one sheet stays one. */

/** @type {WeakSet<CSSStyleSheet>} */
const dressed = new WeakSet();

/** @param {import('../player.js').SteadyPlayer} player @param {string} rule */
export function dress(player, rule) {
  const [sheet] = player.shadowRoot?.adoptedStyleSheets || [];
  if (!sheet || dressed.has(sheet)) return;
  dressed.add(sheet);
  sheet.insertRule(rule, sheet.cssRules.length);
}
