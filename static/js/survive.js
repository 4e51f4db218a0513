// @ts-check
/** What is fetched when playback is asked for: the way out of each failure, what is told meanwhile, and live streams. */
import { liveControls, windowed } from './features/live.js';
import { notice } from './features/notice.js';
import { DVR, follow } from './recovery/live.js';
import { rescue } from './recovery/rescue.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function survive(player, signal) {
  const { session } = player;
  const changed = () => player.changed();
  const rescuer = rescue(session, signal, changed);
  const follower = follow(session, signal, changed);
  player.addEventListener('steady-phase', rescuer.moved, { signal });

  /** Whether the reader can go back in the live stream. @param {import('./facts/live.js').Live | undefined} live */
  const back = (live) => !!live && live.end - live.start >= DVR;
  session.see = () => {
    const live = follower.seen();
    session.origin = live && back(live) ? live.start : 0;
    return windowed(live, back(live));
  };
  signal.addEventListener('abort', () => (session.see = undefined), { once: true });
  return {
    patch() {
      notice(player);
      liveControls(player, follower, back(follower.seen()));
    },
    /** It is tried again by itself, though the page has given up. */
    hopeful: rescuer.hopeful,
  };
}
