// @ts-check
/** The entry that the one script tag loads: finds its own tags, registers the element, starts. */
import { SteadyPlayer } from './player.js';
import { site } from './site.js';

const NAME = 'steady-player';
const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);

// Browsers from before container queries keep the native element that the page brought; those with them have the rest too.
if (script && 'CSSContainerRule' in self) {
  if (!customElements.get(NAME)) {
    site.base = new URL('.', script.src).href;
    site.load = (path) => import(`${site.base}assets/${__BUILD__}/${path}`);
    customElements.define(NAME, SteadyPlayer);
    // The rest comes when the page has nothing better to do, or when the reader comes near.
    setTimeout(() => site.load('more.js').catch(() => {}), 3000);
  }
  // Every tag runs this file once more; each one places its own player.
  if (script.dataset.media || script.dataset.src) {
    const player = document.createElement(NAME);
    for (const [name, value] of Object.entries(script.dataset)) player.setAttribute(name, value || '');
    script.after(player);
  }
}
