// @ts-check
/**
 * The states that can be held, and what the player is made to show for each: parts of its view, as `preview` takes
 * them. `only` is the kind that has the state.
 *
 * @typedef {{name: string, title: string, note: string, preview: Record<string, any>, reason?: boolean}} Held
 */

/** @param {boolean} video */
const playing = (video) => ({ phase: 'ready', started: true, paused: false, time: video ? 32 : 78, buffered: [[0, video ? 60 : 131]] });

/** @param {string} kind audio or video @returns {Held[]} */
export function states(kind) {
  const video = kind === 'video';
  const on = playing(video);
  return [
    { name: 'idle', title: 'Before play', note: 'The duration is known from the manifest; nothing is loaded.', preview: { phase: 'idle' } },
    { name: 'checking', title: 'Checking', note: 'Play was pressed; the backend is asked. After 250 ms: please wait.', preview: { phase: 'checking', waiting: true, paused: false } },
    { name: 'loading', title: 'Loading', note: 'A source was chosen. Never without a deadline.', preview: { phase: 'loading', waiting: true, paused: false } },
    { name: 'playing', title: 'Playing', note: 'Phase ready. A film’s controls come when it is pointed at.', preview: on },
    { name: 'paused', title: 'Paused', note: 'Phase ready.', preview: { ...on, paused: true } },
    { name: 'buffering', title: 'Buffering', note: 'Playing, and out of data.', preview: { ...on, waiting: true, buffered: [[0, on.time]] } },
    { name: 'muted', title: 'Muted', note: 'Playing without sound.', preview: { ...on, muted: true } },
    { name: 'ended', title: 'Ended', note: 'At the end; it plays again.', preview: { ...on, paused: true, ended: true, time: video ? 84 : 228, buffered: [[0, video ? 84 : 228]] } },
    { name: 'unavailable', title: 'Unavailable', note: 'The server knows that every source is dead: nothing was tried.', preview: { phase: 'unavailable', reason: 'not-found' }, reason: true },
    { name: 'failed', title: 'Failed', note: 'Every source was tried here, and none is left.', preview: { phase: 'failed', reason: 'stalled' }, reason: true },
    { name: 'scheduled', title: 'Scheduled', note: 'The item begins later.', preview: { phase: 'unavailable', reason: 'scheduled' } },
    { name: 'expired', title: 'Expired', note: 'Its time is over.', preview: { phase: 'unavailable', reason: 'expired' } },
    { name: 'removed', title: 'Removed', note: 'It was taken down.', preview: { phase: 'unavailable', reason: 'removed' } },
  ];
}

/** @param {string} name @param {string} kind @param {string} [reason] @returns {Held} */
export function held(name, kind, reason) {
  const found = states(kind).find((state) => state.name === name) || states(kind)[0];
  return reason ? { ...found, preview: { ...found.preview, reason } } : found;
}
