// @ts-check
/** The screen stays on while a film plays on the full screen (Screen Wake Lock); a browser takes the lock back from a page that is hidden. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function awake(player, signal) {
  const { native } = player;
  const { wakeLock } = navigator;
  if (!wakeLock || native.localName !== 'video') return;
  /** @type {Promise<WakeLockSentinel | void> | undefined} */
  let lock;
  const look = async () => {
    const on = document.fullscreenElement === player && !native.paused && !document.hidden && !signal.aborted;
    if (on === !!lock) return;
    if (on) lock = wakeLock.request('screen').catch(() => {});
    else {
      const held = lock;
      lock = undefined;
      await (await held)?.release();
    }
  };
  for (const event of ['fullscreenchange', 'visibilitychange']) document.addEventListener(event, look, { signal });
  for (const event of ['play', 'pause', 'ended']) native.addEventListener(event, look, { signal });
  signal.addEventListener('abort', look);
  look();
}
