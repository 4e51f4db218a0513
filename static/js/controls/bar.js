// @ts-check
/** The row of controls: play, timeline, timecode, volume, full screen, more. */
import { clock } from './clock.js';
import { button, h, icon, label, show } from './dom.js';
import { slider } from './slider.js';

/** @param {import('./ui.js').Context} context */
export function bar({ ask, t, time, speak, digits, kind, canFull }) {
  /** @type {import('./ui.js').View} */
  let view;
  let said = -1;
  let loaded = '';
  const video = kind === 'video';
  const play = button('play', () => ask(view.paused && !view.busy ? 'play' : 'pause'), icon('play'));
  const mute = button('mute', () => ask('muted', !view.muted), icon('loud'));
  const more = button('more', () => ask('menu'), icon(video ? 'tune' : 'more'));
  const full = button('full', () => ask('full'), icon('full'));
  const now = clock('now', digits);
  const total = h('span', 'total');
  label(more, t('more'));

  const timeline = slider('timeline', t('seek'), {
    set: (fraction) => ask('seek', fraction * view.duration),
    step: () => 5 / view.duration,
    drag: (fraction) => now.patch(time(fraction * view.duration, view.duration)),
  });
  const volume = slider('volume', t('volume'), {
    set: (fraction) => ask('volume', fraction),
    step: () => 0.05,
    drag: (fraction) => ask('volume', fraction),
  });

  const loudness = h('span', 'loudness', mute, volume.element);
  const row = h('div', 'row', play);
  if (video) row.append(loudness, h('span', 'time', now.element, total), more);
  else row.append(now.element, timeline.element, total, loudness, more);
  if (canFull) row.append(full);
  const element = video ? h('div', 'bar', timeline.element, row) : row;

  return {
    element,
    row,
    timeline,
    /** @param {import('./ui.js').View} next */
    patch(next) {
      view = next;
      const { duration, paused, muted, fullscreen, buffered, waiting } = view;
      const length = time(duration);
      show(play, paused ? 'play' : 'pause', t(paused ? 'play' : 'pause'));
      show(mute, muted || !view.volume ? 'mute' : 'loud', t(muted ? 'unmute' : 'mute'));
      show(full, fullscreen ? 'small' : 'full', t(fullscreen ? 'exitFullscreen' : 'fullscreen'));
      const at = time(view.time, duration);
      if (timeline.patch(view.time / duration)) now.patch(at, length ? `${at} / ${length}` : at);
      const end = video ? length && ` / ${length}` : waiting ? t('wait') : length;
      if (total.textContent !== end) total.textContent = end;
      if (said !== (said = (view.time | 0) + 1e6 * (duration | 0))) {
        const words = { current: speak(view.time), duration: speak(duration) };
        timeline.say(duration | 0, view.time | 0, words.duration ? t('position', words) : words.current);
      }
      const percent = muted ? 0 : view.volume * 100;
      volume.patch(percent / 100);
      volume.say(100, percent, percent.toFixed() + '%');
      const ranges = buffered.map((range) => {
        const [from, to] = range.map((at) => ((at / duration) * 100).toFixed(1) + '%');
        return `,#0000 ${from},currentColor ${from} ${to},#0000 ${to}`;
      });
      const drawn = `linear-gradient(90deg,#0000,#0000 0${ranges.join('')})`;
      if (drawn !== loaded) timeline.buffered.style.backgroundImage = loaded = drawn;
    },
  };
}
