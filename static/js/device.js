// @ts-check
/** All that is fetched at the first play for the device: lock screen, screen kept on, other devices. */
import { awake } from './features/awake.js';
import { elsewhere } from './features/elsewhere.js';
import { lockscreen } from './features/lockscreen.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function device(player, signal) {
  for (const feature of [awake, elsewhere, lockscreen]) feature(player, signal);
}
