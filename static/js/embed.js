// @ts-check
/** The entry that the one script tag loads: finds its own tags, registers the element, starts. */
import { SteadyPlayer } from './player.js';
import { site } from './site.js';

const NAME = 'steady-player';
const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);

// Older browsers keep the native element that the page brought.
if (script && 'adoptedStyleSheets' in Document.prototype && 'container' in document.documentElement.style) {
  if (!customElements.get(NAME)) {
    site.base = new URL('.', script.src).href;
    site.load = (path) => import(`${site.base}assets/${__BUILD__}/${path}`);
    customElements.define(NAME, SteadyPlayer);
  }
  // Every tag runs this file once more; each one places its own player.
  const { media, ...rest } = script.dataset;
  if (media !== undefined || rest.src) {
    const player = document.createElement(NAME);
    for (const [name, value] of Object.entries(script.dataset)) player.setAttribute(name, value || '');
    script.after(player);
  }
}
