// @ts-check
/** Where playback begins and ends, from the `start` attribute or the page's address (`#t=83,120`). */
import { fragment, parse } from '../timecode.js';

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function clip(player, signal) {
  const { native } = player;
  const [from = NaN, to = NaN] = fragment(location.hash) || [parse(player.getAttribute('start') || '')];
  if (from > 0 && native.currentTime < 1) player.ask('seek', from);
  if (!(to > from)) return;
  const stop = () => {
    if (native.currentTime < to) return;
    player.pause();
    native.removeEventListener('timeupdate', stop);
  };
  native.addEventListener('timeupdate', stop, { signal });
  player.changed();
}
