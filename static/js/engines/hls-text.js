// @ts-check
/**
 * The subtitles of a stream as text tracks of the media element. hls.js would make `<track>`s of `data:` addresses,
 * which strict policies forbid; so it hands the cues over instead.
 */

/** What was shown when the last engine left, for the next one. @type {WeakMap<HTMLMediaElement, string>} */
const shown = new WeakMap();

/** @param {any} playlist of hls.js: the same track has one in each group of renditions */
const keyOf = ({ lang, name }) => `${lang || ''} ${name}`;

/**
 * @param {HTMLMediaElement} media
 * @param {any} hls
 * @param {AbortSignal} signal
 */
export function textTracks(media, hls, signal) {
  /** @type {Map<string, HTMLTrackElement>} */
  const tracks = new Map();
  const current = () => [...tracks].find(([, { track }]) => track.mode !== 'disabled')?.[0];
  /** hls.js fetches the one that is shown. */
  const follow = () => {
    const id = hls.subtitleTracks.findIndex((/** @type {any} */ playlist) => keyOf(playlist) === current());
    if (hls.subtitleTrack !== id) hls.subtitleTrack = id;
  };
  // Or it would fetch the publisher's default, which nobody has asked for.
  hls.on('hlsManifestLoading', () => (hls.subtitleTrack = -1));
  hls.on('hlsNonNativeTextTracksFound', (/** @type {string} */ _, /** @type {any} */ { tracks: found }) => {
    for (const { _id, label, subtitleTrack, closedCaptions } of found) {
      const key = subtitleTrack ? keyOf(subtitleTrack) : _id;
      if (tracks.has(key)) continue;
      const element = document.createElement('track');
      element.kind = subtitleTrack ? 'subtitles' : 'captions';
      element.label = subtitleTrack?.name || closedCaptions?.name || label;
      element.srclang = (subtitleTrack || closedCaptions)?.lang || '';
      tracks.set(key, element);
      media.append(element);
      element.track.mode = shown.get(media) === key ? 'showing' : 'disabled';
    }
    follow();
  });
  hls.on('hlsCuesParsed', (/** @type {string} */ _, /** @type {any} */ { cues, track: name, subtitleTrack }) => {
    const track = tracks.get(subtitleTrack ? keyOf(subtitleTrack) : name)?.track;
    if (!track || track.mode === 'disabled') return;
    // A cue that spans two segments comes with both.
    const told = (/** @type {any} */ { startTime, endTime, text }) => `${startTime.toFixed(2)} ${endTime.toFixed(2)} ${text}`;
    const known = new Set(Array.from(track.cues || [], told));
    for (const cue of cues) if (!known.has(told(cue))) track.addCue(cue);
  });
  media.textTracks.addEventListener('change', follow, { signal });
  return {
    destroy() {
      const key = current();
      if (key) shown.set(media, key);
      else shown.delete(media);
      for (const element of tracks.values()) element.remove();
    },
  };
}
