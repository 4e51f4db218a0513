// @ts-check
/** What controls, keys and menus may ask for. They ask here, and never touch the media element. */
import { toggleFullscreen } from './facts/display.js';

/** @param {import('./player.js').SteadyPlayer} player @param {string} what @param {any} [value] */
export function request(player, what, value) {
  const act = REQUESTS[what] || player.more?.requests[what];
  // What the session does by itself has the same name there.
  if (act) act(player, value);
  else /** @type {any} */ (player.session)?.[what]?.(value);
}

/** @type {Record<string, (player: import('./player.js').SteadyPlayer, value?: any) => void>} */
export const REQUESTS = {
  seek({ native, session }, time) {
    if (time === time) native.currentTime = session.origin + Math.max(0, time);
  },
  toggle: ({ session, view }) => (view.paused ? session.play() : session.pause()),
  muted({ native }, muted = !native.muted) {
    native.muted = muted;
    native.volume ||= 0.5;
  },
  volume({ native }, volume) {
    native.volume = Math.min(1, Math.max(0, volume));
    native.muted = !native.volume;
  },
  full: (player) => toggleFullscreen(player, player.native),
  menu: (player) => player.extras().then((extras) => extras?.menu?.()),
};
