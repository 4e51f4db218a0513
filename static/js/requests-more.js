// @ts-check
/** What menus and keys ask for beyond the first load; merged into the requests when they arrive. */
import { readable } from './facts/tracks.js';

/** @type {typeof import('./requests.js').REQUESTS} */
export const MORE_REQUESTS = {
  /** Shows one text track, or none. */
  track({ native }, chosen) {
    for (const track of readable(native)) track.mode = track === chosen ? 'showing' : 'disabled';
  },
  /** Moves the cues that their author has not placed. */
  room({ native }, line) {
    for (const track of readable(native)) {
      for (const cue of /** @type {VTTCue[]} */ ([...(track.activeCues || [])])) {
        if (cue.line === 'auto' || (cue.snapToLines && cue.line === -4)) cue.line = line;
      }
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
