// @ts-check
/** Says which source is being played: `steady-source`, with its address and how many were given up before it. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function told(player, signal) {
  /** @type {string | undefined} */
  let last;
  const tell = () => {
    const { phase, session } = player;
    const src = /^(loading|ready)$/.test(phase) ? session.queue[0]?.src : undefined;
    if (src && src !== last) player.dispatchEvent(new CustomEvent('steady-source', { detail: { src, index: session.tried } }));
    last = src;
  };
  for (const event of ['steady-phase', 'loadstart', 'emptied']) player.addEventListener(event, tell, { signal });
  tell();
}
