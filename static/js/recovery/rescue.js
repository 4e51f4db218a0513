// @ts-check
/**
 * One player's recovery: what failed is decided upon by the ladder and done to the session. It never gives up in silence,
 * and never waits without end: each wait is either the network's, and told, or counts against the ladder's limit.
 */
import { fetchManifest } from '../manifest.js';
import { isStream } from '../sources.js';
import { moves, standing } from './frozen.js';
import { firstToPlay } from './hedge.js';
import { decide, passes } from './ladder.js';
import { expired, renewed } from './signed.js';
import { behindHole, vigil } from './vigil.js';
import { elapsed } from './wait.js';

/** @typedef {import('../sources.js').Source} Source @typedef {import('../session.js').Session} Session */

/** All in ms. */
const MANIFEST = 4000;
/** A source that is not known to be sound shows its first byte, or the next one is tried beside it. */
const FIRST_BYTE = 2000;
/** So long it plays before its trouble is forgotten. */
const WELL = 2000;
/** The last source is asked once more, on another connection, when it has been silent for so long. */
const RECONNECT = 5000;
const HOLE = 1500;
/** Past a segment that nobody has, in seconds; and how often, until there is none to be expected behind it either. */
const LEAP = 2.5;
const LEAPS = 4;
/** What is buffered is played before anything is torn down, but for this much, in seconds. */
const RESERVE = 1;
/** A file that ends so much before its time has been cut, in seconds and as a share. */
const SHORT = 3;
const SHARE = 0.03;
/** A page that has given up asks again by itself, less and less often. */
const AGAIN = 15_000;
const TIMES = 6;
/** How often it looks whether a live stream that stood still goes on: for an hour. */
const LOOKS = 240;

/**
 * @param {Session} session
 * @param {AbortSignal} signal the player's life
 * @param {() => void} changed
 */
export function rescue(session, signal, changed) {
  const media = session.native;
  /** Sources that were left, and may be sound again. @type {Source[]} */
  let lost = [];
  let tries = 0;
  let since = 0;
  let asked = false; // for new addresses
  let again = 0;
  let leaps = 0;
  let well = 0;
  let timer = 0;
  let hold = new AbortController();
  /** @type {AbortController | undefined} the race, while there is one */
  let race;
  /** @type {Parameters<typeof failed> | undefined} a failure that nobody hears yet */
  let ahead;
  /** A live playlist is looked at, whether it stands still; once for each time that nothing is heard. */
  let doubt = '';
  /** @type {import('./frozen.js').Playlist | undefined} and it does */
  let stands;

  const own = {
    /** It will be tried again by itself, though the page has given up. */
    hopeful: false,
    moved,
  };

  const forget = () => {
    lost = [];
    tries = since = again = leaps = 0;
    asked = false;
  };

  /** @param {string} reason @param {import('../session.js').Evidence} [evidence] */
  function failed(reason, { status, after } = {}) {
    const { phase, queue, manifest, url } = session;
    const online = navigator.onLine;
    const frozen = reason === 'stalled' ? stands : undefined;
    stands = undefined;
    // What the browser cannot play of a stream by itself an engine may: the session's own affair.
    if (online && isStream(queue[0]) && !queue[0].engine && reason !== 'timeout' && !frozen) {
      if (reason !== 'stalled' || !queue[1]) return false;
      queue[0].engine = true;
    }
    // The other one is still running; it has a deadline of its own.
    if (race && reason === 'timeout') return true;
    if (reason === 'timeout' && queue[1]) {
      hedge();
      return true;
    }
    if (!media.error && media.readyState > 2 && !media.ended && stored(media) > RESERVE) {
      ahead = [reason, { status, after }];
      return true;
    }
    stop();
    since ||= performance.now();
    const now = Date.now() + (manifest?.skew || 0);
    const failure = {
      reason, status, after, tries, online, frozen: !!frozen,
      left: queue.length - 1,
      renewable: !asked && !!url && expired(new URL(queue[0].src, document.baseURI).href, now),
      played: media.played.length > 0 || phase === 'ready' || session.at > 0,
      trouble: performance.now() - since,
    }; // prettier-ignore
    const { step, delay } = decide(failure, Math.random());
    // The browser's own word for any failure is no match for an engine's.
    if (session.reason === 'unknown') session.reason = reason;
    if (step === 'next') {
      if (passes(reason, status)) lost.push(queue[0]);
      return false;
    }
    if (step === 'none' && lacks(reason) && leaps++ < LEAPS) {
      leap();
      return true;
    }
    if (step === 'none') {
      own.hopeful = !!frozen || (again < TIMES && (passes(reason, status) || lost.length > 0));
      if (frozen) later(AGAIN * (1 + Math.random() / 4), frozen);
      else if (own.hopeful) later(Math.max(AGAIN * 2 ** again++ * (1 + Math.random() / 4), (after || 0) * 1000));
      return false;
    }
    session.wanted ||= !media.paused;
    session.send('hold');
    session.reason = step === 'wait' ? 'offline' : (session.reason ?? reason);
    changed();
    if (step === 'renew') renew(reason);
    else {
      session.queue = [...lost, ...queue].filter((source, i, all) => all.indexOf(source) === i);
      lost = [];
      tries++;
      elapsed(delay, hold.signal).then(resume);
    }
    return true;
  }

  /** Whether it is a part that is missing: the stream itself has been read. @param {string} reason */
  const lacks = (reason) => /^(not-found|gone|decode)$/.test(reason) && !!session.engine?.facts().renditions.length;

  /** The same source, behind what it lacks. */
  function leap() {
    const { currentTime } = media;
    session.wanted ||= !media.paused;
    session.send('hold');
    media.currentTime = currentTime + LEAP;
    resume();
  }

  function resume() {
    stop();
    session.send('next');
  }

  /** Ends what is under way: a wait, a race. */
  function stop() {
    hold.abort();
    hold = new AbortController();
    race?.abort();
    race = ahead = stands = undefined;
    doubt = '';
  }

  /** The same sources by new addresses: signed ones end. @param {string} reason */
  async function renew(reason) {
    asked = true;
    const { signal: held } = hold;
    const before = session.manifest;
    const answer = await fetchManifest(/** @type {string} */ (session.url), true, MANIFEST);
    if (held.aborted) return;
    if (answer) session.manifest = answer;
    const queue = answer && renewed(session.queue, before?.sources || session.markup(), answer.sources);
    if (queue?.[0] && queue[0].src !== session.queue[0].src) {
      session.queue = queue;
      resume();
    } else session.fail(reason, { status: 403 });
  }

  /** Tries the next ones beside the one that says nothing. */
  async function hedge() {
    if (race || !session.queue[1]) return;
    const { signal: racing } = (race = new AbortController());
    const winner = await firstToPlay(media, session.queue.slice(1), racing);
    if (racing.aborted) return;
    race = undefined;
    const [loser, ...others] = session.queue;
    if (winner) {
      since ||= performance.now();
      session.queue = [winner, ...others.filter((source) => source !== winner), loser];
      session.send('next');
    } else {
      // Nobody else plays: the first may be slow and yet the best there is, and is waited for as the last one is.
      session.queue = [loser];
      lost.push(...others);
    }
  }

  /** Nobody can be heard any more: a live stream may stand still. */
  async function suspect() {
    const [source] = session.queue;
    if (doubt || !isStream(source) || !(session.engine?.live() || media.duration === Infinity)) return;
    const { signal: looking } = hold;
    doubt = 'looking';
    const found = await standing(source.src, looking);
    if (looking.aborted) return;
    doubt = 'looked';
    stands = found;
    if (found) session.fail('stalled');
  }

  /** @param {number} ms @param {import('./frozen.js').Playlist} [frozen] nothing to ask for while it stands still */
  function later(ms, frozen, looks = 0) {
    clearTimeout(timer);
    const mine = (timer = setTimeout(async () => {
      const stays = frozen && !(await moves(frozen, signal));
      if (timer !== mine || session.phase !== 'failed') return;
      if (!stays) session.retry(session.wanted);
      else if (looks < LOOKS) later(ms, frozen, looks + 1);
      else own.hopeful = false;
    }, ms));
  }

  const sound = ({ state, fresh_until } = session.queue[0]) =>
    state === 'available' && !(Date.parse(fresh_until || '') < Date.now() + (session.manifest?.skew || 0));

  /** @param {import('./vigil.js').Sight} sight */
  function look({ begun, still, dry }) {
    if (ahead && stored(media) <= RESERVE) session.fail(...ahead);
    if (!still) {
      well ||= performance.now();
      if (race || doubt) stop();
      if (since && performance.now() - well > WELL) forget();
      return;
    }
    well = 0;
    const { queue } = session;
    if (still >= FIRST_BYTE) since ||= performance.now() - still;
    if (media.readyState > 2 && !media.seeking) return;
    const beyond = still > HOLE && !queue[1] ? behindHole(media.buffered, media.currentTime) : undefined;
    if (beyond !== undefined) media.currentTime = beyond;
    else if (queue[1]) {
      if (still >= FIRST_BYTE && (begun || !sound())) hedge();
    } else {
      if (begun && still >= FIRST_BYTE) suspect();
      if ((begun || tries) && dry >= RECONNECT && doubt !== 'looking') session.fail(begun ? 'stalled' : 'timeout');
    }
  }

  const wanted = () => session.wanted && /^(loading|ready)$/.test(session.phase) && !(media.paused && session.phase === 'ready');
  const begin = vigil(media, wanted, look, signal);

  /** The element has another source, or none. */
  function moved() {
    begin();
    if (!/^(loading|ready)$/.test(session.phase)) stop();
    if (session.phase !== 'failed') own.hopeful = false;
  }

  session.rescue = failed;
  media.addEventListener('emptied', moved, { signal });
  signal.addEventListener('abort', () => {
    stop();
    clearTimeout(timer);
    session.rescue = undefined;
  });
  const online = () => {
    // Connections that were open when the network went are dead, though nobody has told the browser.
    if (!wanted() || session.phase !== 'ready' || media.readyState > 2) return;
    session.send('hold');
    resume();
  };
  addEventListener('online', online, { signal });
  media.addEventListener('ended', () => cut() && session.fail('truncated'), { signal });

  /** Browsers play what is there of a file as if it were all. */
  function cut() {
    const { duration = media.duration, lifecycle } = session.manifest || {};
    // By where the reader was: Firefox leaps to the end of a file whose rest cannot be had.
    return lifecycle !== 'live' && session.at < duration - Math.max(SHORT, duration * SHARE);
  }

  // The source may have failed while this was on its way.
  if (session.phase === 'failed' && passes(session.reason || '')) {
    own.hopeful = true;
    later(Math.max(AGAIN / 10, (session.evidence?.after || 0) * 1000));
  }
  return own;
}

/** Seconds that can be played without the network. @param {HTMLMediaElement} media */
function stored({ buffered, currentTime }) {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime && currentTime < buffered.end(i)) return buffered.end(i) - currentTime;
  }
  return 0;
}
