// @ts-check
/**
 * Whether anybody sees the controls: one observer for all players tells who is on the screen, and controls that have faded
 * from a playing picture are not seen either. What is not seen is not drawn.
 */

/** @typedef {import('../player.js').SteadyPlayer} Player @type {IntersectionObserver | undefined} */
let observer;
/** @type {WeakMap<Element, boolean>} */
const onScreen = new WeakMap();

/** Outside of any player's scope, which the observer would hold on to for ever. @param {IntersectionObserverEntry[]} entries */
function look(entries) {
  for (const { target, isIntersecting } of entries) {
    onScreen.set(target, isIntersecting);
    /** @type {Player} */ (target).changed();
  }
}

/** @param {Player} player @param {AbortSignal} signal */
export function visible(player, signal) {
  observer ??= new IntersectionObserver(look);
  observer.observe(player);
  signal.addEventListener('abort', () => observer?.unobserve(player));
}

/** @param {Player} player */
export const seen = (player) =>
  onScreen.get(player) !== false && (player.native.localName === 'audio' || player.ui.element.matches('[data-active],[data-paused],[data-waiting]'));
