// @ts-check
/** What is fetched when playback is asked for: the way out of each failure, and what is told meanwhile. */
import { notice } from './features/notice.js';
import { rescue } from './recovery/rescue.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function survive(player, signal) {
  const rescuer = rescue(player.session, signal, () => player.changed());
  player.addEventListener('steady-phase', rescuer.moved, { signal });
  return {
    patch: () => notice(player),
    /** It is tried again by itself, though the page has given up. */
    hopeful: () => rescuer.hopeful,
  };
}
