// @ts-check
/** Captions make room for the controls: a cue that is free to stand anywhere stands above them while they are shown. */

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function cues(player, signal) {
  const { native } = player;
  if (native.localName === 'audio') return;
  const place = () => player.ask('room', player.ui?.element.matches('[data-active],[data-paused]'));
  const watcher = new MutationObserver(place);
  watcher.observe(player.ui.element, { attributes: true, attributeFilter: ['data-active', 'data-paused'] });
  for (const track of native.textTracks) track.addEventListener('cuechange', place, { signal });
  signal.addEventListener('abort', () => watcher.disconnect());
}
