// @ts-check
/** All that is fetched when there is nothing to play: why, and the ways on. */
import css from '../css/deadend.css';
import { again, deadend } from './features/deadend.js';
import { dress } from './features/dress.js';

/** @param {import('./player.js').SteadyPlayer} player @param {AbortSignal} signal */
export default function end(player, signal) {
  dress(player, css);
  again(player, signal);
  queueMicrotask(() => player.changed());
  return { patch: () => deadend(player) };
}
