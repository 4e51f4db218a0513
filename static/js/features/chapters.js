// @ts-check
/**
 * Chapters: marks on the timeline, the name under the pointer, and a list for the menu.
 *
 * @typedef {{start: number, end: number, title: string}} Chapter seconds
 * @typedef {import('../player.js').SteadyPlayer} Player
 */
import { h } from '../controls/dom.js';

/** @param {VTTCue[]} cues @returns {Chapter[]} in their order; without those that have no name or stand where another does */
export function listed(cues) {
  const found = cues.map(({ startTime, endTime, text }) => ({ start: startTime, end: endTime, title: text.replace(/<[^>]*>/g, '').trim() }));
  found.sort((a, b) => a.start - b.start);
  return found.filter(({ start, title }, index) => title && start !== found[index - 1]?.start);
}

/** @param {Chapter[]} list @param {number} time */
export const chapterAt = (list, time) => list.findLast(({ start, end }) => start <= time + 0.01 && time < end)?.title || '';

/** Notches where chapters begin, in the one rail. @param {Player} player @param {Chapter[]} list */
export function mark({ ui, view }, list) {
  const { element } = ui.built.bar?.timeline || {};
  const rail = element?.querySelector('.rail');
  if (!rail || !view.duration) return;
  const key = list.length + ':' + view.duration;
  if (rail.marked === key) return;
  rail.marked = key;
  rail.querySelector('.marks')?.remove();
  const marks = h('i', 'marks', ...list.filter(({ start }) => start > 0 && start < view.duration).map(({ start }) => {
    const notch = h('i');
    notch.style.left = `${(start / view.duration) * 100}%`;
    return notch;
  })); // prettier-ignore
  rail.append(marks);
}
