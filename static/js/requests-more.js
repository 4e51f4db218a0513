// @ts-check
/** What menus and keys ask for beyond the first load; merged into the requests when they arrive. */
import { readable } from './facts/tracks.js';

/** How high the controls stand, with the time under the pointer, in pixels. */
const CONTROLS = 106;
/** @type {WeakSet<VTTCue>} */
const moved = new WeakSet();

/** @type {typeof import('./requests.js').REQUESTS} */
export const MORE_REQUESTS = {
  toggle: ({ session, view }) => (view.paused ? session.play() : session.pause()),
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
