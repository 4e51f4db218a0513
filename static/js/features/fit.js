// @ts-check
/** The picture fills the full screen; and where its place grows beyond it, its frame stays with the picture. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function fit(player, signal) {
  document.addEventListener('fullscreenchange', () => player.ask('fit'), { signal });
  const { native } = player;
  const follow = () => native.localName === 'video' && native.offsetWidth < player.clientWidth - 1 && player.removeAttribute('data-wide');
  addEventListener('resize', follow, { signal });
}
