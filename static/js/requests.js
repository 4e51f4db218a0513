// @ts-check
/** What controls, keys and menus may ask for. They ask here, and never touch the media element. */
import { canFullscreen, toggleFullscreen } from './facts/display.js';

/** @type {Record<string, (player: import('./player.js').SteadyPlayer, value?: any) => void>} */
export const REQUESTS = {
  play: ({ session }) => session.play(),
  pause: ({ session }) => session.pause(),
  toggle: ({ session, view }) => (view.paused ? session.play() : session.pause()),
  seek({ native, view }, time) {
    if (Number.isFinite(time)) native.currentTime = Math.min(Math.max(0, time), view.duration || Infinity);
  },
  muted({ native }, muted) {
    native.muted = muted;
    if (!muted && !native.volume) native.volume = 0.5;
  },
  volume({ native }, volume) {
    native.volume = Math.min(1, Math.max(0, volume));
    native.muted = !native.volume;
  },
  full: (player) => canFullscreen(player.native) && toggleFullscreen(player, player.native),
  retry: ({ session }) => session.retry(),
  anyway: ({ session }) => session.anyway(),
  menu: (player) => player.extras().then((extras) => extras?.menu?.()),
};
