// @ts-check
/** All that is fetched when the reader has a style of captions of their own. */
import css from '../css/captions.css';
import { draw } from './features/draw.js';
import { dress } from './features/dress.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function captions(player, signal) {
  dress(player, css);
  return draw(player, signal);
}
