// @ts-check
/** What a live stream shows: how far behind it is, the way back to what is newest, and the time of day under the pointer. */
import css from '../../css/live.css';
import { button, set } from '../controls/dom.js';
import { dress } from './dress.js';

/** @typedef {import('../player.js').SteadyPlayer} Player @typedef {import('../facts/live.js').Live} Live */
/** @typedef {{seen: () => Live | undefined, atEdge: () => boolean, edge: () => void}} Follower */

/** What can be seen of the window, as if it were a recording. @param {Live | undefined} live @param {boolean} back whether it can be gone back in */
export function windowed(live, back) {
  if (!live) return {};
  const duration = live.end - live.start;
  return back ? { time: Math.max(0, duration - live.behind), duration } : { time: NaN, duration: NaN };
}

/** @param {Player} player @param {Follower} follower @param {boolean} back */
export function liveControls(player, follower, back) {
  const { ui, words } = player;
  const { bar } = ui.built;
  const live = follower.seen();
  const kind = live && player.phase === 'ready' ? (back ? 'window' : 'edge') : null;
  if (ui.element.getAttribute('data-live') !== kind) {
    if (kind) set(ui.element, 'data-live', kind);
    else ui.element.removeAttribute('data-live');
  }
  if (!bar) return;
  if (live && !bar.live) {
    dress(player, css);
    build(player, follower, bar);
  }
  if (!bar.live) return;
  bar.live.hidden = !kind;
  if (!live || !kind) return;
  const edge = follower.atEdge();
  const text = words.t(edge ? 'live' : 'goLive');
  if (bar.live.textContent !== text) bar.live.textContent = text;
  set(bar.live, 'aria-disabled', edge);
  // Said by name and not by a live region: it changes every second.
  const time = ui.context.time(Math.round(live.behind), 60);
  const name = edge ? text : `${text}, ${words.t('behind', { time })}`;
  set(bar.live, 'aria-label', name);
  bar.live.title = edge ? '' : words.t('behind', { time });
}

/** @param {Player} player @param {Follower} follower @param {any} bar */
function build(player, follower, bar) {
  bar.live = button('live', () => follower.edge());
  (bar.row.querySelector('.time') || bar.row.querySelector('.total')).after(bar.live);
  const timeline = bar.timeline.element;
  timeline.addEventListener('pointermove', (/** @type {PointerEvent} */ { clientX }) => {
    const live = follower.seen();
    const { left, width } = timeline.getBoundingClientRect();
    const at = live?.date(live.start + Math.min(1, Math.max(0, (clientX - left) / width)) * (live.end - live.start));
    const tip = timeline.querySelector('.tip');
    if (!at || !tip) return;
    tip.textContent = new Intl.DateTimeFormat(player.words.tag, { timeStyle: 'medium' }).format(at);
  });
}
