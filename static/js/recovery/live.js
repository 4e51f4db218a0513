// @ts-check
/** A live stream: kept at its edge, and at its end followed by its recording. */
import { live } from '../facts/live.js';
import { fetchManifest } from '../manifest.js';
import { pace, settle } from './pace.js';

/** @typedef {import('../session.js').Session} Session */

const TICK = 1000;
/** A window that is as long can be gone back in, in seconds. */
export const DVR = 30;
/** A pause up to here was not meant to go back, in ms. */
const SHORT = 10_000;
/** So much past the end is none of the player's own making, in seconds. */
const BEYOND = 1;
/** How long one waits between two looks for the recording, and how often, in ms. */
const LOOK = 15_000;
const TIMES = 20;

/**
 * @param {Session} session
 * @param {AbortSignal} signal the player's life
 * @param {() => void} changed
 */
export function follow(session, signal, changed) {
  const media = session.native;
  let following = true;
  let target = 0;
  let paused = 0;
  let timer = 0;

  /** Where the window cannot be seen: when the media's time zero would have been heard, at the latest, in seconds. */
  let anchor = Infinity;
  const clock = () => performance.now() / 1000;

  const own = {
    seen() {
      const seen = live(media, /** @type {any} */ (session).engine);
      if (!seen || seen.end) return seen;
      // What is heard late by the clock is behind what was heard in time.
      return { ...seen, behind: Math.max(0, clock() - anchor - media.currentTime) };
    },
    /** Whether what is heard is the newest. */
    atEdge() {
      const seen = own.seen();
      return !!seen && !media.paused && seen.behind < (seen.end ? target || seen.behind : 0) + 3;
    },
    edge() {
      following = true;
      jump();
      session.play();
    },
  };

  /** How far behind is well: as the engine has it, else as it began. @param {import('../facts/live.js').Live} seen */
  const well = ({ start, end, edge, behind }) => (edge ? Math.max(0, end - edge) : settle(behind, end - start));

  function jump() {
    const seen = own.seen();
    if (seen?.end) media.currentTime = Math.max(seen.start, seen.end - (target || well(seen)));
    else if (seen) again();
  }

  /** Where nothing can be sought in, the edge is where the stream begins anew. */
  function again() {
    session.wanted = true;
    session.send('hold');
    media.src = '';
    session.send('next');
  }

  const look = () => {
    const seen = own.seen();
    if (!seen) return;
    // Past the newest that there is nothing comes.
    if (seen.end && media.currentTime > seen.end + BEYOND) jump();
    if (session.phase !== 'ready') return;
    changed();
    if (media.paused || media.seeking || media.readyState < 3) return;
    anchor = Math.min(anchor, clock() - media.currentTime);
    const window = seen.end - seen.start;
    const { behind } = own.seen() || seen;
    if (window) target ||= well(seen);
    const pacing = pace({ behind, target, window: window || Infinity, following, rate: media.playbackRate });
    if (pacing.rate !== media.playbackRate) media.playbackRate = pacing.rate;
    if (pacing.jump) {
      following = true;
      jump();
    }
  };
  const timing = setInterval(look, TICK);

  const on = (/** @type {string} */ event, /** @type {() => void} */ act) => media.addEventListener(event, act, { signal });
  on('pause', () => (paused = performance.now()));
  on('play', () => {
    const seen = own.seen();
    if (!seen || !paused) return;
    // Where there is nothing to go back to, a pause is no more than a pause.
    following &&= performance.now() - paused < SHORT || seen.end - seen.start < DVR;
    paused = 0;
  });
  on('seeked', () => {
    const seen = own.seen();
    if (!seen?.end) return;
    target ||= well(seen);
    following = seen.behind < target + 3;
  });
  // A live stream's timeline begins anew with its engine: a place in the last one is none in the next.
  for (const event of ['timeupdate', 'seeking']) on(event, () => own.seen() && (session.at = 0));
  on('emptied', () => {
    target = 0;
    anchor = Infinity;
    following = true;
  });
  on('ended', () => recording(0));

  /** The end of a live stream: its recording, as soon as the catalogue has one. @param {number} tries */
  async function recording(tries) {
    const { manifest, url } = session;
    if (!url || manifest?.lifecycle !== 'live' || tries > TIMES) return;
    const now = await fetchManifest(url, true);
    if (signal.aborted || !/^(ready|failed)$/.test(session.phase) || !(media.ended || session.phase === 'failed')) return;
    if (now?.lifecycle === 'published') {
      session.manifest = now;
      session.wanted = false;
      session.reset();
      media.src = '';
      changed();
    } else timer = setTimeout(recording, Math.max(LOOK, (now?.retry_after || 0) * 1000), tries + 1);
  }

  signal.addEventListener('abort', () => {
    clearInterval(timing);
    clearTimeout(timer);
  });
  return own;
}
