// @ts-check
/** Begins as loud, as fast and with the captions that the reader chose before; and notes what the reader chooses here. */
import { keep, kept } from './kept.js';

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function recall(player, signal) {
  const { native } = player;
  const { textTracks } = native;
  // A page may change these as well; the reader is who is there.
  const note = (/** @type {Event} */ { type }) => {
    if (!player.matches(':hover,:focus-within')) return;
    const { volume, playbackRate: rate } = native;
    keep(type === 'ratechange' ? { rate } : { volume });
  };
  for (const event of ['volumechange', 'ratechange']) native.addEventListener(event, note, { signal });
  let chosen = false;
  const tracks = () => {
    const { captions } = kept();
    const own = player.more?.tracks().find((/** @type {TextTrack} */ { language }) => language === captions);
    if (chosen || (captions && !own) || captions === undefined) return;
    chosen = true;
    player.ask('track', own);
  };
  textTracks.addEventListener('addtrack', tracks, { signal });
  queueMicrotask(() => {
    player.ask('recall', kept());
    tracks();
  });
}

/** The reader chose captions. @param {import('../player.js').SteadyPlayer} player @param {TextTrack | undefined} track */
export function chooseTrack(player, track) {
  player.ask('track', track);
  keep({ captions: track?.language || '' });
}
