// @ts-check
/**
 * What is heard, on the lock screen and under the media keys (Media Session). There is one for the page: it belongs to the
 * player that was last heard.
 */

/** @typedef {import('../player.js').SteadyPlayer} Player @type {Player | undefined} */
let holder;

/** How far the keys for that go, in seconds, where the browser does not say. */
const STEP = 10;

/** @param {Player} player @param {AbortSignal} signal */
export function lockscreen(player, signal) {
  const { mediaSession: shown } = navigator;
  if (!shown) return;
  const { native } = player;
  const by = (/** @type {number} */ seconds) => player.ask('seek', native.currentTime + seconds);
  /** @type {Partial<Record<MediaSessionAction, MediaSessionActionHandler>>} */
  const actions = {
    play: () => player.ask('play'),
    pause: () => player.ask('pause'),
    stop: () => player.ask('pause'),
    seekbackward: ({ seekOffset }) => by(-(seekOffset || STEP)),
    seekforward: ({ seekOffset }) => by(seekOffset || STEP),
    seekto: ({ seekTime }) => player.ask('seek', seekTime),
  };

  const take = () => {
    if (native.muted || native.paused) return;
    if (holder !== player) {
      holder = player;
      for (const [action, act] of Object.entries(actions)) on(/** @type {MediaSessionAction} */ (action), act);
    }
    shown.metadata = new MediaMetadata(describe(player));
    chapters();
  };
  const chapters = () => {
    const { chapters: list } = player.more || {};
    const go = (/** @type {number} */ way) => () => {
      const at = list.findLastIndex((/** @type {{start: number}} */ { start }) => start <= native.currentTime + 0.01);
      // Back to the beginning of this one first, as players of records do.
      const next = way < 0 && native.currentTime - list[at]?.start > 3 ? at : at + way;
      if (list[next]) player.ask('seek', list[next].start);
    };
    on('previoustrack', list ? go(-1) : null);
    on('nexttrack', list ? go(1) : null);
  };
  const tell = () => {
    if (holder !== player) return;
    shown.playbackState = native.paused ? 'paused' : 'playing';
    const { duration, currentTime, playbackRate } = native;
    // Of a stream without an end there is no position to tell.
    if (!(duration > 0 && duration < Infinity)) shown.setPositionState?.();
    else shown.setPositionState?.({ duration, playbackRate: playbackRate || 1, position: Math.min(currentTime, duration) });
  };
  for (const event of ['play', 'playing', 'volumechange']) native.addEventListener(event, take, { signal });
  for (const event of ['playing', 'pause', 'seeked', 'ratechange', 'durationchange']) native.addEventListener(event, tell, { signal });
  signal.addEventListener('abort', () => {
    if (holder !== player) return;
    holder = undefined;
    shown.metadata = null;
    shown.playbackState = 'none';
    for (const action of [...Object.keys(actions), 'previoustrack', 'nexttrack']) on(/** @type {MediaSessionAction} */ (action), null);
  });
  take();
  tell();
}

/** Browsers know some of the actions, and throw at the others. @param {MediaSessionAction} action @param {MediaSessionActionHandler | null} act */
function on(action, act) {
  try {
    navigator.mediaSession.setActionHandler(action, act);
  } catch {}
}

/** @param {Player} player @returns {MediaMetadataInit} */
function describe({ session, native }) {
  const { title, poster } = session.manifest || {};
  const src = poster || /** @type {HTMLVideoElement} */ (native).poster;
  const site = document.querySelector('meta[property="og:site_name"]')?.getAttribute('content');
  return { title: title || document.title, artist: site || location.hostname, artwork: src ? [{ src: new URL(src, document.baseURI).href }] : [] };
}
