// @ts-check
/**
 * Captions drawn by the widget, in the reader's own style, from the cues of a hidden track. The browser shows them again
 * where the widget cannot: on an iPhone's full screen.
 */
import { h } from '../controls/dom.js';
import { kept } from './kept.js';
import { place } from './place.js';
import { checked, wear } from './style.js';

/** @typedef {import('../player.js').SteadyPlayer} Player */

/** @param {Player} player @param {AbortSignal} signal */
export function draw(player, signal) {
  const { native, more } = player;
  const sheet = h('div', 'captions');
  /** @type {AbortController | undefined} */
  let listening;
  let phone = false; // the browser's own full screen is up

  const show = () => {
    /** @type {TextTrack | undefined} */
    const track = more.drawn;
    const cues = track?.mode === 'hidden' && !phone ? Array.from(track.activeCues || []) : [];
    const foot = h('div', 'foot');
    const drawn = cues.map((cue) => box(/** @type {VTTCue} */ (cue), foot));
    sheet.replaceChildren(...drawn.filter((one) => one.parentElement !== foot), foot);
    // Built anew with each language.
    if (!sheet.isConnected) player.ui?.element.prepend(sheet);
  };

  /** Takes the track that is shown; gives it back where there is no style to draw it in. */
  const take = () => {
    /** @type {TextTrack[]} */
    const tracks = more.tracks();
    const showing = tracks.find(({ mode }) => mode === 'showing');
    const styled = !!kept().style && !phone;
    if (styled && showing) {
      for (const track of tracks) if (track !== showing && track === more.drawn) track.mode = 'disabled';
      more.drawn = showing;
      showing.mode = 'hidden';
    } else if (more.drawn && (!styled || more.drawn.mode !== 'hidden')) {
      const { drawn } = more;
      more.drawn = undefined;
      if (drawn.mode === 'hidden') drawn.mode = 'showing';
    }
    listening?.abort();
    listening = new AbortController();
    more.drawn?.addEventListener('cuechange', show, { signal: listening.signal });
    show();
    player.changed();
  };
  const put = () => {
    wear(sheet, checked(kept().style));
    take();
  };

  native.textTracks.addEventListener('change', take, { signal });
  native.addEventListener('webkitbeginfullscreen', () => ((phone = true), take()), { signal });
  native.addEventListener('webkitendfullscreen', () => ((phone = false), take()), { signal });
  signal.addEventListener('abort', () => {
    listening?.abort();
    sheet.remove();
  });
  put();
  return { wear: put, patch: () => sheet.isConnected || show() };
}

/** One cue as it stands on the picture. @param {VTTCue} cue @param {HTMLElement} foot takes those that stand anywhere @returns {HTMLElement} */
function box(cue, foot) {
  const line = h('span', 'line', cue.getCueAsHTML());
  const element = h('div', 'cue', h('span', 'window', line));
  element.dir = 'auto';
  const rightToLeft = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(cue.text);
  const { from, at, left, width, align } = place(cue, rightToLeft);
  const { style } = element;
  style.textAlign = align;
  style.marginLeft = `${left}%`;
  style.width = `${width}%`;
  if (cue.vertical) style.writingMode = cue.vertical === 'rl' ? 'vertical-rl' : 'vertical-lr';
  if (from === 'auto') foot.append(element);
  else {
    element.dataset.from = from;
    style.setProperty(from === 'bottom' ? 'bottom' : 'top', at);
  }
  return element;
}
