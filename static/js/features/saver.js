// @ts-check
/** The least data, where the reader or the browser asks for it (Save Data API). */
import { kept } from './kept.js';

/** @returns {boolean} */
export const saves = () => kept().saver ?? /** @type {any} */ (navigator).connection?.saveData ?? false;

/** Once the item's renditions are known, the lightest of them. @param {import('../player.js').SteadyPlayer} player */
export function saver(player) {
  const { session, more } = player;
  // Files are known before play, what a stream has only when it plays.
  const known = session.queue[0] ? 2 : session.manifest ? 1 : 0;
  if (!more || (more.saving || 0) >= known) return;
  more.saving = known;
  if (saves()) player.ask('rendition', more.rendition ?? null);
}
