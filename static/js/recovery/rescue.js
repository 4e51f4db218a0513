// @ts-check
/**
 * One player's recovery: what failed is decided upon by the ladder and done to the session. It never gives up in silence,
 * and never waits without end: each wait is either the network's, and told, or counts against the ladder's limit.
 */
import { fetchManifest } from '../manifest.js';
import { isStream } from '../sources.js';
import { createAgain } from './again.js';
import { createDoubt } from './doubt.js';
import { behindHole, isCut, stored } from './held.js';
import { decide, passes } from './ladder.js';
import { createRace } from './race.js';
import { expired, renewed } from './signed.js';
import { TICK, vigil } from './vigil.js';
import { elapsed } from './wait.js';

/** @typedef {import('../sources.js').Source} Source @typedef {import('../session.js').Session} Session */
/** @typedef {import('../session.js').Evidence} Evidence */

/** All in ms. */
const MANIFEST = 4000;
/** A source that is not known to be sound shows its first byte, or the next one is tried beside it. */
const FIRST_BYTE = 2000;
/** So long it plays before its trouble is forgotten. */
const WELL = 2000;
/** The last source is asked once more, on another connection, when it has been silent for so long. */
const RECONNECT = 5000;
const HOLE = 1500;
/** What failed before this was here is asked for once more. */
const SOON = 1500;
/** Past a segment that nobody has, in seconds; and how often, until there is none to be expected behind it either. */
const LEAP = 2.5;
const LEAPS = 4;
/** WebKitGTK may stand still with all that it needs, until it is sought in once more: by this, in seconds. */
const NUDGE = 0.1;
/** What is buffered is played before anything is torn down, but for this much, in seconds. */
const RESERVE = 1;

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
  /** When the trouble began, less what has been heard in between. */
  let since = 0;
  let asked = false; // for new addresses
  let leaps = 0;
  let well = 0;
  let nudged = false;
  /** Nothing is loaded until a wait is over: standing still is no fault of the source's. */
  let held = false;
  /** Whether the source was live, be it until now. */
  let endless = media.duration === Infinity;
  let hold = new AbortController();
  /** A failure that nobody hears yet. @type {[string, Evidence] | undefined} */
  let ahead;
  const again = createAgain(session, signal);
  const doubt = createDoubt(session);
  const race = createRace(session, signal, {
    won() {
      since ||= performance.now();
      session.send('next');
    },
    lost: (others) => void lost.push(...others),
  });
  const clock = () => Date.now() + (session.manifest?.skew || 0);

  const forget = () => {
    lost = [];
    tries = since = leaps = 0;
    asked = false;
    again.forget();
  };

  /** @param {string} reason @param {Evidence} [evidence] @returns {boolean} whether a way out has been taken here */
  function failed(reason, evidence = {}) {
    const { queue } = session;
    const stands = doubt.taken();
    const frozen = reason === 'stalled' ? stands : undefined;
    // What the browser cannot play of a stream by itself an engine may: the session's own affair.
    if (navigator.onLine && isStream(queue[0]) && !queue[0].engine && reason !== 'timeout' && !frozen) {
      if (reason !== 'stalled' || !queue[1]) return false;
      queue[0].engine = true;
    }
    // The other one is still running; it has a deadline of its own.
    if (reason === 'timeout' && (race.runs() || queue[1])) {
      race.start();
      return true;
    }
    // What has arrived is played first, where it is played at all: a decoder may be stuck.
    if (!media.error && media.readyState > 2 && !media.ended && sight.still < FIRST_BYTE && stored(media.buffered, media.currentTime) > RESERVE) {
      ahead = [reason, evidence];
      return true;
    }
    stop();
    since ||= performance.now();
    const { step, delay } = decide(told(reason, evidence, !!frozen), Math.random());
    // The browser's own word for any failure is no match for an engine's.
    if (session.reason === 'unknown') session.reason = reason;
    const passing = passes(reason, evidence.status);
    if (step === 'next') {
      if (passing) lost.push(queue[0]);
      return false;
    }
    if (step === 'none') {
      if (lacks(reason) && leaps++ < LEAPS) {
        leap();
        return true;
      }
      if (frozen) again.askWhenMoved([frozen, ...race.left()]);
      else again.ask(passing || lost.length > 0, evidence.after);
      return false;
    }
    pause();
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

  /** What the ladder has to know. @param {string} reason @param {Evidence} evidence @param {boolean} frozen */
  function told(reason, evidence, frozen) {
    const { queue, phase, url } = session;
    return {
      ...evidence, reason, tries, frozen,
      online: navigator.onLine,
      left: queue.length - 1,
      renewable: !asked && !!url && expired(new URL(queue[0].src, document.baseURI).href, clock()),
      played: media.played.length > 0 || phase === 'ready' || session.at > 0,
      trouble: performance.now() - since,
    }; // prettier-ignore
  }

  /** Whether it is a part that is missing: the stream itself has been read. @param {string} reason */
  const lacks = (reason) => /^(not-found|gone|decode)$/.test(reason) && !!session.engine?.facts().renditions.length;

  /** The same source, behind what it lacks. */
  function leap() {
    const { currentTime } = media;
    pause();
    media.currentTime = currentTime + LEAP;
    resume();
  }

  /** Nothing is loaded; what the reader wanted is wanted still. */
  function pause() {
    session.wanted ||= !media.paused;
    session.send('hold');
    held = true;
  }

  function resume() {
    stop();
    session.send('next');
  }

  /** Ends what is under way: a wait, a race. */
  function stop() {
    held = false;
    hold.abort();
    hold = new AbortController();
    race.stop();
    doubt.end();
    ahead = undefined;
  }

  /** The same sources by new addresses: signed ones end. @param {string} reason */
  async function renew(reason) {
    asked = true;
    const current = hold.signal;
    const before = session.manifest;
    const answer = await fetchManifest(/** @type {string} */ (session.url), true, MANIFEST);
    if (current.aborted) return;
    if (answer) session.manifest = answer;
    const queue = answer && renewed(session.queue, before?.sources || session.markup(), answer.sources);
    if (queue?.[0] && queue[0].src !== session.queue[0].src) {
      session.queue = queue;
      resume();
    } else session.fail(reason, { status: 403 });
  }

  const sound = ({ state, fresh_until } = session.queue[0]) => state === 'available' && !(Date.parse(fresh_until || '') < clock());

  /** @param {import('./vigil.js').Sight} sight */
  function look({ begun, still, dry }) {
    const { buffered, currentTime, readyState, seeking } = media;
    if (ahead && stored(buffered, currentTime) <= RESERVE) session.fail(...ahead);
    if (!still) {
      well ||= performance.now();
      // The reader does not wait while it plays, be it between two troubles.
      if (since) since += TICK;
      if (race.runs() || doubt.looked()) stop();
      if (since && performance.now() - well > WELL) forget();
      return;
    }
    well = 0;
    const { queue } = session;
    if (still >= FIRST_BYTE) since ||= performance.now() - still;
    if (readyState > 2 && !seeking) {
      if (still >= FIRST_BYTE && !nudged) media.currentTime = currentTime + NUDGE;
      nudged ||= still >= FIRST_BYTE;
      return;
    }
    const beyond = still > HOLE && !queue[1] ? behindHole(buffered, currentTime) : undefined;
    if (beyond !== undefined) media.currentTime = beyond;
    else if (queue[1]) {
      if (still >= FIRST_BYTE && (begun || !sound())) race.start();
    } else {
      if (begun && still >= FIRST_BYTE) doubt.look(hold.signal);
      if ((begun || tries) && dry >= RECONNECT && !doubt.looking()) session.fail(begun ? 'stalled' : 'timeout');
    }
  }

  const wanted = () => session.wanted && !held && /^(loading|ready)$/.test(session.phase) && !(media.paused && session.phase === 'ready');
  const { sight, begin } = vigil(media, wanted, look, signal);

  /** The element has another source, or none. */
  function moved() {
    begin();
    nudged = false;
    if (!/^(loading|ready)$/.test(session.phase)) stop();
    if (session.phase !== 'failed') again.stop();
  }

  session.rescue = failed;
  media.addEventListener('emptied', moved, { signal });
  for (const event of ['emptied', 'durationchange'])
    media.addEventListener(event, () => (endless = media.duration === Infinity || (endless && event !== 'emptied')), { signal });
  signal.addEventListener('abort', () => {
    stop();
    session.rescue = undefined;
  });
  const online = () => {
    // Connections that were open when the network went are dead, though nobody has told the browser.
    if (!wanted() || session.phase !== 'ready' || media.readyState > 2) return;
    session.send('hold');
    resume();
  };
  addEventListener('online', online, { signal });
  const ended = () => {
    const { duration = media.duration, lifecycle } = session.manifest || {};
    // By where the reader was: Firefox leaps to the end of a file whose rest cannot be had.
    // What was live until its end has no length that it could have been cut from, and no place to tell it by. And what
    // failed before is heard to the end of what there is of it, until the next try.
    if (!held && lifecycle !== 'live' && !endless && isCut(session.at, duration)) session.fail('truncated');
  };
  media.addEventListener('ended', ended, { signal });

  // The source may have failed while this was on its way.
  if (session.phase === 'failed' && passes(session.reason || '')) again.ask(true, /** @type {import('../session.js').Told} */ (session).evidence?.after, SOON);
  return { hopeful: again.hopeful, moved };
}
