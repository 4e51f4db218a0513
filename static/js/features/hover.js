// @ts-check
/** The time under the pointer, on the timeline. */
import { h } from '../controls/dom.js';

/** @param {import('../player.js').SteadyPlayer} player */
export function hover(player) {
  const timeline = player.ui.built.bar?.timeline.element;
  if (!timeline || timeline.tip) return;
  const time = h('span');
  const tip = (timeline.tip = h('span', 'tip', time));
  tip.hidden = true;
  timeline.append(tip);
  timeline.addEventListener('pointermove', (/** @type {PointerEvent} */ { clientX }) => {
    const { left, width } = timeline.getBoundingClientRect();
    const fraction = Math.min(1, Math.max(0, (clientX - left) / width));
    const { duration } = player.view;
    tip.hidden = !duration;
    time.textContent = player.ui.context.time(fraction * duration, duration);
    player.more?.over?.(fraction * duration, tip);
    // Over the pointer, as far as the timeline reaches.
    tip.style.transform = `translateX(clamp(-8px, ${fraction * width}px - 50%, ${width + 8}px - 100%))`;
  });
  timeline.addEventListener('pointerleave', () => (tip.hidden = true));
}
