// @ts-check
/**
 * The captions that the manifest names: where the page's markup has none, and where the browser would not fetch them for it,
 * from another origin for a media element without `crossorigin` (HTML, 4.8.11.11.3).
 */
import { kept } from './kept.js';
import { readCues } from './vtt.js';

/** Tracks that are made by hand stay for good (HTML, `addTextTrack`): those of an item that is gone are passed over. @type {WeakMap<TextTrack, boolean>} */
const made = new WeakMap();

/** @param {TextTrack} track */
export const ofUse = (track) => made.get(track) !== false;

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function subtitles(player, signal) {
  let done = false;
  /** @param {NonNullable<import('../manifest.js').Manifest['tracks']>[number]} told */
  const add = ({ src, kind = 'captions', srclang = '', label = '', default: first }) => {
    const { native } = player;
    const own = Array.from(/** @type {NodeListOf<HTMLTrackElement>} */ (native.querySelectorAll('track'))).find((one) => one.srclang === srclang && one.kind === kind);
    const address = new URL(src, document.baseURI);
    if (own && (native.crossOrigin !== null || address.origin === location.origin)) return;
    own?.remove();
    const alike = (/** @type {TextTrack} */ track) => made.get(track) === false && track.kind === kind && track.language === srclang && track.label === label;
    /** @type {TextTrack} */
    const track = Array.from(/** @type {TextTrackList} */ (native.textTracks)).find(alike) || native.addTextTrack(kind, label, srclang);
    made.set(track, true);
    let asked = false;
    const load = async () => {
      if (asked || track.mode === 'disabled') return;
      asked = true;
      for (const cue of await readCues(address.href, signal)) track.addCue(cue);
    };
    native.textTracks.addEventListener('change', load, { signal });
    signal.addEventListener('abort', () => {
      made.set(track, false);
      track.mode = 'hidden';
      for (const cue of Array.from(track.cues || [])) track.removeCue(cue);
      track.mode = 'disabled';
    });
    if (first && kept().captions === undefined && !player.more.shown()) player.ask('track', track);
  };
  return () => {
    const { tracks } = player.session.manifest || {};
    if (done || !tracks) return;
    done = true;
    tracks.filter(({ kind = 'captions' }) => /^(captions|subtitles)$/.test(kind)).forEach(add);
    player.changed();
  };
}
