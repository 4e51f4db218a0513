// @ts-check
/** Who is on the screen: one observer for all players, so that nothing is drawn that nobody sees. */

/** @typedef {import('../player.js').SteadyPlayer} Player @type {IntersectionObserver | undefined} */
let observer;

/** @param {Player} player @param {AbortSignal} signal */
export function visible(player, signal) {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const seen = /** @type {Player} */ (target);
      seen.onScreen = isIntersecting;
      seen.changed();
    }
  });
  observer.observe(player);
  signal.addEventListener('abort', () => observer?.unobserve(player));
}
