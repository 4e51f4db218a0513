// @ts-check
/** The row of controls: play, timeline, timecode, volume, full screen, more. */
import { face, tell } from './clock.js';
import { find, h, key, label } from './dom.js';
import { move, say, slider, slides } from './slider.js';

/** What the mould shows. */
const BEFORE = /** @type {import('./ui.js').View} */ ({ paused: true, fullscreen: false });

/** @type {Record<string, HTMLElement>} */
const moulds = {};

/**
 * The mould, which the first player of the page makes and all are cast from: a copy costs a fraction of the making, in
 * time and in memory. Nothing in it is one player's own.
 * @param {import('./ui.js').Context} context
 */
function make({ t, time, kind, canFull }) {
  const timeline = slider('timeline', t('seek'));
  const volume = slider('volume', t('volume'));
  say(timeline, 0, 0, time(0));
  const now = face('now');
  const total = h('span', 'total');
  const loudness = h('span', 'loudness', key('mute', t('mute')), volume);
  const more = key('more', t('more'));
  const row = h('div', 'row', key('play', t('play')));
  if (kind === 'audio') row.append(now, timeline, total, loudness, more);
  else row.append(loudness, h('span', 'time', now, total), more);
  if (canFull) row.append(key('full', t('fullscreen')));
  return kind === 'audio' ? row : h('div', 'bar', timeline, row);
}

/** @param {import('./ui.js').Context} context */
export function bar(context) {
  const { ask, t, tag, plain, local, speak, kind } = context;
  const element = /** @type {HTMLElement} */ ((moulds[kind + tag + t('play')] ??= make(context)).cloneNode(true));
  const part = (/** @type {string} */ name) => /** @type {any} */ (find(element, name));
  const timeline = part('timeline');
  const volume = part('volume');
  let view = BEFORE;
  let loaded = '';
  let length = '';
  timeline.value = 0;

  const show = (/** @type {number} */ seconds) => {
    const at = plain(seconds, view.duration);
    const text = local(at) + (length && ` / ${length}`);
    tell(part('now'), at, text);
    return text;
  };
  const held = slides(element, (slider, chosen) => {
    const { value } = slider;
    if (slider === volume) ask('volume', value);
    else if (chosen) ask('seek', value * view.duration);
    else show(value * view.duration);
  });

  return {
    element,
    row: part('row') || element,
    timeline: { element: timeline },
    /** @param {import('./ui.js').View} next */
    patch(next) {
      const before = view;
      const { duration, paused, muted, fullscreen, buffered, time } = (view = next);
      if (before.paused !== paused) label(part('play'), t(paused ? 'play' : 'pause'));
      if (before.fullscreen !== fullscreen) label(part('full'), t(fullscreen ? 'exitFullscreen' : 'fullscreen'));
      if (before.muted !== muted || before.volume !== view.volume) {
        const level = muted ? 0 : view.volume;
        const mute = part('mute');
        label(mute, t(muted ? 'unmute' : 'mute'));
        mute.toggleAttribute('data-off', !level);
        if (held() !== volume) move(volume, level);
        say(volume, 100, level * 100, (level * 100).toFixed() + '%');
      }
      length = local(plain(duration, duration));
      if (held() !== timeline) {
        move(timeline, time / duration || 0);
        const text = show(time);
        say(timeline, duration | 0, time | 0, speak(time, duration) || text);
      }
      const total = part('total');
      const end = kind === 'video' ? length && ` / ${length}` : view.waiting ? t('wait') : length;
      if (total.textContent !== end) total.textContent = end;
      const ranges = buffered.map((range) => {
        const [from, to] = range.map((at) => ((at / duration) * 100).toFixed(1) + '%');
        return `,#0000 ${from},currentColor 0 ${to},#0000 0`;
      });
      if (loaded !== (loaded = ranges.join(''))) part('buffered').style.backgroundImage = `linear-gradient(90deg${loaded},#0000 0 0)`;
    },
  };
}
