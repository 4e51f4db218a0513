// @ts-check
/** All that is fetched when the reader goes to the menu. */
import menu from '../css/menu.css';
import styling from '../css/styling.css';
import { dress } from './features/dress.js';
import { toggleMenu } from './features/menu.js';
import { wording } from './features/wording.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function settings(player, signal) {
  for (const rule of [menu, styling]) dress(player, rule);
  return { toggle: async () => toggleMenu(player, signal, await wording(player.words.tag)) };
}
