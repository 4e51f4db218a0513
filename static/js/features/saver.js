// @ts-check
/** The least data, where the reader or the browser asks for it (Save Data API). */
import { kept } from './kept.js';

/** @returns {boolean} */
export const saves = () => kept().saver ?? /** @type {any} */ (navigator).connection?.saveData ?? false;

/** Once the item's renditions are known, the lightest of them. @param {import('../player.js').SteadyPlayer} player */
export function saver(player) {
  const { session, more } = player;
  const known = session.manifest || session.queue[0];
  if (!more || !known || more.saving) return;
  more.saving = true;
  if (saves()) player.ask('rendition', null);
}
