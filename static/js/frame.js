// @ts-check
/**
 * Takes over the room that the author's markup holds, so that nothing moves. All players that are upgraded together
 * are measured together: reading before anything is written costs one layout at the most, however many they are.
 */

/** The attributes that are the media element's own affair. */
export const PASSED = ['crossorigin', 'loop', 'muted', 'playsinline', 'poster'];

/** @type {[host: HTMLElement, media: HTMLMediaElement, upgrade: () => void][]} */
let waiting = [];

/** Runs `upgrade` with the others of this moment. @param {HTMLElement} host @param {HTMLMediaElement} media @param {() => void} upgrade */
export function takePlace(host, media, upgrade) {
  if (!waiting.length) queueMicrotask(flush);
  waiting.push([host, media, upgrade]);
}

function flush() {
  const frames = waiting;
  waiting = [];
  const seen = frames.map(([host, media]) => {
    const place = host.parentElement || host;
    const { paddingLeft, paddingRight } = getComputedStyle(place);
    // A video whose width is a share of its place's would lose it in a frame that is as wide as the video.
    const spare = place.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - media.offsetWidth;
    return [getComputedStyle(media).display === 'block', media.localName === 'audio' || !(spare | 0)];
  });
  frames.forEach(([host, , upgrade], i) => {
    host.toggleAttribute('data-block', seen[i][0]);
    host.toggleAttribute('data-wide', seen[i][1]);
    upgrade();
  });
}

/** For a tag that brought none. @param {HTMLElement} host @param {string | undefined} kind audio or video */
export function makeMedia(host, kind) {
  const media = document.createElement(kind === 'audio' ? 'audio' : 'video');
  media.preload = 'none';
  for (const name of PASSED) {
    if (host.hasAttribute(name)) media.setAttribute(name, host.getAttribute(name) || '');
  }
  host.setAttribute('data-fill', '');
  host.append(media);
  return media;
}

/** Runs `then` once the parser is through with the host's children. @param {HTMLElement} host @param {AbortSignal} signal @param {() => void} then */
export function whenParsed(host, signal, then) {
  if (signal.aborted) return;
  if (host.nextSibling || document.readyState !== 'loading') then();
  else setTimeout(whenParsed, 50, host, signal, then);
}

/** What the author's markup names. @param {HTMLElement} host @param {HTMLMediaElement} media @returns {import('./sources.js').Source[]} */
export function markupSources(host, media) {
  const src = host.getAttribute('src') || media.getAttribute('src');
  return src
    ? [{ src: new URL(src, document.baseURI).href }]
    : Array.from(media.querySelectorAll('source'), ({ src, type }) => ({ src, type }));
}

/** The manifest that the page itself carries. @param {HTMLElement} host @returns {import('./manifest.js').Manifest | undefined} */
export function inlineManifest(host) {
  const text = host.querySelector('script[type="application/json"]')?.textContent;
  try {
    return text && JSON.parse(text);
  } catch {}
}
