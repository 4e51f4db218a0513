// @ts-check
/** Says which source is being played: `steady-source`, with its address and how many were given up before it. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function told(player, signal) {
  let last = '';
  let index = -1;
  const tell = () => {
    const { phase, session } = player;
    if (phase === 'idle' || phase === 'checking') index = -1;
    if (phase !== 'loading' && phase !== 'ready') last = '';
    const src = session.queue[0]?.src;
    if (!last && phase !== 'loading' && phase !== 'ready') return;
    if (!src || src === last) return;
    last = src;
    index += 1;
    player.dispatchEvent(new CustomEvent('steady-source', { detail: { src, index } }));
  };
  for (const event of ['steady-phase', 'loadstart', 'emptied']) player.addEventListener(event, tell, { signal });
  tell();
}
