// @ts-check
/** A still of the film under the pointer, cut from a sprite: WebVTT whose cues name a picture's part by `#xywh=` (W3C Media Fragments URI 1.0, 4.2.2). */
import { h } from '../controls/dom.js';

/** The highest share of the player's height that a still takes. */
const SHARE = 0.42;

/** @param {string} text of a cue @param {string} base the file's own address @returns {{src: string, x: number, y: number, w: number, h: number} | undefined} */
export function part(text, base) {
  const [, name, place] = /^\s*(.*?)#xywh=(?:pixel:)?([\d,]+)\s*$/.exec(text) || [];
  const [x, y, w, h] = (place || '').split(',').map(Number);
  return name && w && h ? { src: new URL(name, base).href, x, y, w, h } : undefined;
}

/** @param {() => number} room the player's height in pixels */
export function still(room) {
  const picture = /** @type {HTMLImageElement} */ (h('img'));
  const element = h('span', 'still', picture);
  picture.alt = '';
  picture.decoding = 'async';
  element.hidden = true;
  // Where the sprite cannot be had, the time stands there alone.
  picture.onerror = () => (element.hidden = true);
  picture.onload = () => (element.hidden = false);
  return {
    element,
    /** @param {ReturnType<typeof part>} found */
    show(found) {
      if (!found) {
        element.hidden = true;
        return;
      }
      const scale = Math.min(1, (room() * SHARE) / found.h);
      element.style.width = `${found.w * scale}px`;
      element.style.height = `${found.h * scale}px`;
      picture.style.transform = `scale(${scale}) translate(${-found.x}px, ${-found.y}px)`;
      if (picture.src !== found.src) picture.src = found.src;
      else element.hidden = !picture.naturalWidth;
    },
  };
}
