// @ts-check
/** A player on a QA page: in its language, direction, colours and width, with what it is called above it. */
import { config, h } from './dom.js';

const RTL = /^(ar|fa|he|ps|ur)\b/;

/** @param {string} lang */
export const directionOf = (lang) => (RTL.test(lang) ? 'rtl' : 'ltr');

/**
 * @typedef {object} Wish
 * @property {string} [kind] audio or video
 * @property {string} [media] the item's id; by default the film or the report
 * @property {string} [lang] @property {string} [dir] @property {string} [scheme] light or dark
 * @property {string} [width] in pixels
 * @property {Record<string, any>} [preview] held; without it the player is live
 */

/**
 * The markup of form 2, as an author would write it.
 *
 * @param {Wish} wish
 * @returns {{frame: HTMLElement, player: any}}
 */
export function player({ kind = 'video', media, lang = 'en', dir, scheme, width, preview }) {
  const native =
    kind === 'audio'
      ? h('audio', { controls: true, preload: 'none' })
      : h('video', { controls: true, preload: 'none', poster: `${config.media}/first-light.jpg`, width: 640, height: 360, crossorigin: 'anonymous' });
  if (!media) {
    media = kind === 'audio' ? 'river-crossing' : 'river-crossing-video';
    native.src = `${config.media}/${kind === 'audio' ? 'river-crossing.mp3' : 'first-light.mp4'}`;
  }
  const element = h('steady-player', { media, kind }, native);
  const frame = h('div.frame', { lang, dir: dir || directionOf(lang) }, element);
  if (scheme) {
    frame.style.colorScheme = scheme;
    frame.classList.add(scheme);
  }
  if (width) frame.style.width = `${parseInt(width, 10)}px`;
  if (preview) element.preview = preview;
  // Who has started a film has been near it, and what the player fetches then is there.
  if (preview?.started) element.addEventListener('steady-phase', () => element.dispatchEvent(new PointerEvent('pointerenter')), { once: true });
  return { frame, player: element };
}

/**
 * @param {string} title
 * @param {string} note
 * @param {Node} content
 * @param {{href?: string, name?: string, chip?: Node}} [more] `name`: for tests to find it by
 */
export function tile(title, note, content, { href, name, chip } = {}) {
  return h('figure.tile', { 'data-name': name },
    h('figcaption', {}, h('span.title', {}, href ? h('a', { href }, title) : title), chip, h('span.note', {}, note)),
    content,
  ); // prettier-ignore
}

/** @param {string} state */
export const chip = (state = 'unknown') => h('span.chip', { 'data-state': state }, state);
