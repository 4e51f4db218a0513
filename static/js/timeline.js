// @ts-check
/** All that is fetched for items that have chapters, thumbnails or a waveform. */
import css from '../css/timeline.css';
import { h } from './controls/dom.js';
import { chapterAt, listed, mark } from './features/chapters.js';
import { dress } from './features/dress.js';
import { part, still } from './features/thumbnails.js';
import { readCues } from './features/vtt.js';
import { loudness, shape } from './features/waveform.js';

/** @typedef {import('./player.js').SteadyPlayer} Player */

/** How long peaks are waited for, in ms. */
const DEADLINE = 15000;

/** @param {Player} player @param {AbortSignal} signal */
export default function timeline(player, signal) {
  dress(player, css);
  const { native, more } = player;
  const told = player.session.manifest?.tracks || [];
  const find = (/** @type {string} */ kind) => told.find((track) => track.kind === kind)?.src;
  const own = native.querySelector('track[kind=chapters]')?.src;
  const address = (/** @type {string | undefined} */ src) => src && new URL(src, document.baseURI).href;
  const [chapters, sprites, peaks] = [address(find('chapters') || own), address(find('thumbnails')), address(find('waveform'))];
  /** @type {import('./features/chapters.js').Chapter[]} */
  let list = [];
  /** @type {VTTCue[] | undefined} */
  let stills;
  /** @type {number[]} */
  let levels = [];

  const title = h('span', 'title');
  const picture = still(() => player.clientHeight);
  more.over = (/** @type {number} */ time, /** @type {HTMLElement} */ tip) => {
    if (title.parentNode !== tip) tip.prepend(picture.element, title);
    title.textContent = chapterAt(list, time);
    title.hidden = !title.textContent;
    // Fetched by the first who points at the timeline, and not where data is to be saved.
    if (!stills && sprites && !more.saves()) {
      stills = [];
      readCues(sprites, signal).then((cues) => (stills = cues));
    }
    const cue = stills?.find(({ startTime, endTime }) => startTime <= time && time < endTime);
    picture.show(cue && part(cue.text, sprites || ''));
  };

  const patch = () => {
    const { bar } = player.ui.built;
    if (!bar) return;
    if (list.length) mark(player, list);
    const { element } = bar.timeline;
    if (levels.length && !element.hasAttribute('data-wave')) shape(element, levels, signal);
  };
  if (chapters) readCues(chapters, signal).then((cues) => ((list = more.chapters = listed(cues)), player.changed(), patch()));
  if (peaks && native.localName === 'audio') {
    const within = AbortSignal.timeout(DEADLINE);
    fetch(peaks, { signal: within }).then((answer) => answer.json()).then((found) => ((levels = loudness(found)), patch()), () => {}); // prettier-ignore
  }
  return { patch };
}
