// @ts-check
/** What menus and keys ask for beyond the first load; merged into the requests when they arrive. */
import { load } from './beside.js';
import { readable } from './facts/tracks.js';

/** How high the controls stand, with the time under the pointer, in pixels. */
const CONTROLS = 106;
/** @type {WeakSet<VTTCue>} */
const moved = new WeakSet();

/** @typedef {import('./player.js').SteadyPlayer} Player @typedef {import('./sources.js').Source & {height?: number, bitrate?: number}} Source */

/** The lightest that shows a picture, or is as little as there is. @param {Source[]} sources */
const lightest = (sources) => {
  const weight = ({ height = 1e5, bitrate = 1e9, type = '' }) => (/^audio/.test(type) ? 1e6 : height) * 1e9 + bitrate;
  return [...sources].sort((a, b) => weight(a) - weight(b))[0];
};

/** Another file of the same item, from the same position on. @param {Player} player @param {Source | undefined} first */
function change({ session, native }, first) {
  const { queue, manifest } = session;
  const front = (/** @type {Source[]} */ sources) => first && [first, ...sources.filter(({ src }) => src !== first.src)];
  if (!first || queue[0]?.src === first.src) return;
  if (manifest) manifest.sources = front(manifest.sources) || [];
  if (!queue[0]) return;
  session.queue = front(queue) || [];
  session.wanted ||= !native.paused;
  /** @type {any} */ (session).send('next');
}

/** What only a stream's engine can do. @param {Player} player @param {string} what @param {any} [value] */
const stream = ({ session }, what, value) => load('streams.js').then((streams) => streams.request(session, what, value), () => {});

/** @type {typeof import('./requests.js').REQUESTS} */
export const MORE_REQUESTS = {
  /** Shows one text track, or none. */
  track({ native }, chosen) {
    for (const track of readable(native)) track.mode = track === chosen ? 'showing' : 'disabled';
  },
  /** Moves the cues that their author has not placed: above the controls, and back. */
  room({ native }, above) {
    for (const track of readable(native)) {
      if (track.mode !== 'showing') continue;
      const cues = /** @type {VTTCue[]} */ ([...(track.activeCues || [])]).filter((cue) => cue.line === 'auto' || moved.has(cue));
      const before = String(cues.map(({ line }) => line));
      for (const cue of cues) {
        // A line of captions is as high as a sixteenth of the picture (WebVTT, section 7.2: 5.33vh, with its leading).
        const rows = Math.ceil((16 * CONTROLS) / native.offsetHeight) + cue.text.split('\n').length;
        cue.line = above ? -rows : 'auto';
        moved.add(cue);
      }
      // Chromium draws a cue anew only when the track is shown anew.
      if (before !== String(cues.map(({ line }) => line))) track.mode = 'hidden';
      track.mode = 'showing';
    }
  },
  pip({ native }) {
    const inside = document.pictureInPictureElement === native;
    (inside ? document.exitPictureInPicture() : native.requestPictureInPicture()).catch(() => {});
  },
  /** What the reader chose before, where the page has not said otherwise. */
  recall({ native }, { volume, rate }) {
    if (volume >= 0 && volume <= 1 && native.volume === 1) native.volume = volume;
    if (rate >= 0.25 && rate <= 4 && native.playbackRate === 1) native.playbackRate = native.defaultPlaybackRate = rate;
  },
  /** A rendition by its id; null: the player chooses, the lightest where data is to be saved. */
  rendition(player, id) {
    const { session, more } = player;
    const { renditions, more: some } = more.facts();
    if (some || renditions?.length) {
      stream(player, 'saver', more.saves());
      stream(player, 'rendition', id);
      return;
    }
    more.rendition = id;
    more.order ??= (session.manifest?.sources || []).map(({ src }) => src);
    const all = session.queue[0] ? session.queue : session.manifest?.sources || [];
    const first = more.order.find((/** @type {string} */ one) => all.some(({ src }) => src === one));
    change(player, id === null && more.saves() ? lightest(all) : all.find(({ src }) => src === (id ?? first)));
    player.changed();
  },
  /** Brings in what knows a stream's renditions and audio tracks, where the browser plays it without telling. */
  renditions: (player) => stream(player, 'renditions'),
  audioTrack: (player, id) => stream(player, 'audioTrack', id),
  /** Plays on another device: AirPlay, or what the browser itself knows (Remote Playback API). */
  remote({ native }) {
    if (native.webkitShowPlaybackTargetPicker) native.webkitShowPlaybackTargetPicker();
    else native.remote?.prompt().catch(() => {});
  },
  rate({ native }, rate) {
    native.playbackRate = Math.min(4, Math.max(0.25, rate));
  },
  /** On the full screen the author's own measures give way, and come back after it. */
  fit(player) {
    const { style } = player.native;
    const full = document.fullscreenElement === player;
    for (const name of ['width', 'height', 'max-width', 'max-height']) {
      if (full) style.setProperty(name, '100%', 'important');
      else style.removeProperty(name);
    }
  },
};
