// @ts-check
/** All that is fetched when the reader goes to the menu. */
import css from '../css/settings.css';
import { dress } from './features/dress.js';
import { toggleMenu } from './features/menu.js';
import { wording } from './features/wording.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function settings(player, signal) {
  dress(player, css);
  return { toggle: async () => toggleMenu(player, signal, await wording(player.words.tag)) };
}
