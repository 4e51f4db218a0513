// @ts-check
/**
 * WebVTT by the browser's own parser: a track of a video that nobody sees. Fetched as media is, so that a page's policy
 * for media (`media-src`) covers it, whether or not the media element that plays may fetch across origins.
 */

/** How long a file is waited for, in ms. */
const DEADLINE = 20000;

/** @param {string} src @param {AbortSignal} signal @returns {Promise<VTTCue[]>} empty where it cannot be had */
export function readCues(src, signal) {
  const video = document.createElement('video');
  const track = document.createElement('track');
  return new Promise((done) => {
    const finish = () => done(/** @type {VTTCue[]} */ (Array.from(track.track.cues || [])));
    const timer = setTimeout(finish, DEADLINE);
    const settle = () => {
      clearTimeout(timer);
      finish();
    };
    track.onload = track.onerror = settle;
    signal.addEventListener('abort', settle, { once: true });
    video.crossOrigin = 'anonymous';
    track.kind = 'metadata';
    track.src = src;
    video.append(track);
    track.track.mode = 'hidden';
  });
}
