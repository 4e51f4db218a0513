// @ts-check
/** Whether another device could play this: AirPlay in WebKit, the Remote Playback API elsewhere. The menu offers it then. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function elsewhere(player, signal) {
  const { native, more } = player;
  const told = (/** @type {boolean} */ available) => {
    more.remote = available;
  };
  if (native.webkitShowPlaybackTargetPicker) {
    const heard = (/** @type {any} */ { availability }) => told(availability === 'available');
    native.addEventListener('webkitplaybacktargetavailabilitychanged', heard, { signal });
    return;
  }
  const remote = /** @type {RemotePlayback | undefined} */ (native.remote);
  remote?.watchAvailability?.(told).then(
    (id) => signal.addEventListener('abort', () => remote.cancelWatchAvailability(id).catch(() => {})),
    () => {}, // a browser that cannot tell may have nothing: no button is better than a dead one
  );
}
