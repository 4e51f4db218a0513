// @ts-check
/** The time under the pointer, on the timeline. */
import { h } from '../controls/dom.js';

/** @param {import('../player.js').SteadyPlayer} player */
export function hover(player) {
  const timeline = player.ui.built.bar?.timeline.element;
  if (!timeline || timeline.tip) return;
  const tip = (timeline.tip = h('span', 'tip'));
  tip.hidden = true;
  timeline.append(tip);
  timeline.addEventListener('pointermove', (/** @type {PointerEvent} */ { clientX }) => {
    const { left, width } = timeline.getBoundingClientRect();
    const fraction = Math.min(1, Math.max(0, (clientX - left) / width));
    const { duration } = player.view;
    tip.hidden = !duration;
    tip.textContent = player.ui.context.time(fraction * duration, duration);
    tip.style.transform = `translateX(calc(${fraction * width}px - 50%))`;
  });
  timeline.addEventListener('pointerleave', () => (tip.hidden = true));
}
