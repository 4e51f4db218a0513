// @ts-check
/**
 * Plays streams that the browser cannot play, or not well enough, by itself: chooses the engine, fetches it and the
 * playlist side by side, and puts it to work.
 */
import { load } from './beside.js';
import { createAhead, estimate } from './engines/ahead.js';
import { choose } from './engines/choose.js';
import { playDash } from './engines/dash.js';
import { reasonOfStatus, retryAfter } from './engines/errors.js';
import { firstOfDash, firstPlaylists, firstSegments } from './engines/first.js';
import { playHls } from './engines/hls.js';
import { needsOf } from './engines/playlist.js';
import { isStream, typeOf } from './sources.js';

/** @typedef {import('./sources.js').Source} Source @typedef {import('./session.js').Session} Session */
/** @typedef {import('./engines/errors.js').Evidence} Evidence @typedef {(reason: string, evidence?: Evidence) => void} Fail */
/** @typedef {{url: string, text: string, start: number, first: number, end: number}} Playlist where it was in the end, and when */
/**
 * @typedef {object} Work what an engine is given
 * @property {any} name
 * @property {HTMLMediaElement} media
 * @property {Source} source
 * @property {Playlist} [playlist] fetched already
 * @property {import('./engines/ahead.js').Ahead} ahead what it will ask for first
 * @property {number} bandwidth bit/s to begin with
 * @property {string} first the address of the playlist of the rendition that it begins with, where that is known
 * @property {AbortSignal} signal its end: nothing of the engine is left after it
 * @property {Fail} fail
 * @property {() => void} changed
 * @property {(how: () => void) => void} go puts another source into the element by `how`, and goes on where the last one was
 */

/** How long an engine may take to arrive, in ms; and a playlist, to begin and to try again. */
const ARRIVAL = 20000;
const FIRST = 4000;
const AGAIN = 500;

/** @type {Record<string, (library: any, work: Work) => import('./facts/renditions.js').Engine>} */
const ENGINES = { 'hls-light': playHls, hls: playHls, dash: playDash };

/** What the server calls otherwise. @type {Record<string, string>} */
const NAMES = { 'video-codecs': 'advanced' };

/** @param {string} name @returns {Promise<any>} */
const fetchEngine = (name) => load(`engine-${name}.js`);

/**
 * @param {HTMLMediaElement} media
 * @param {Source} source
 * @param {{signal: AbortSignal, fail: Fail, session: Session, changed: () => void, go: Work['go']}} session
 */
export default async function attach(media, source, { signal, fail: tell, session, changed, go }) {
  /** @type {Fail} */
  const fail = (reason, evidence) => {
    if (signal.aborted) return;
    // For what survives, which may still be on its way.
    /** @type {import('./session.js').Told} */ (session).evidence = evidence;
    tell(reason, evidence);
  };
  const kind = kindOf(source);
  /** @type {import('./engines/choose.js').Needs} */
  const known = { kind, ...Object.fromEntries((source.needs || []).map((need) => [NAMES[need] || need, true])) };
  const first = choose(known, browser);
  if (!first.engine) return fail(first.reason || 'unsupported');
  // Both at once: what is known so far decides, and is set right when the playlist knows better.
  let library = fetchEngine(first.engine);
  library.catch(() => {});
  try {
    const ahead = createAhead(signal);
    const playlist = await fetchPlaylist(source.src, signal);
    ahead.put(kind === 'hls' ? playlist.url : source.src, Promise.resolve({ ...playlist, data: playlist.text }));
    const needs = kind === 'hls' ? needsOf(playlist.text) : { kind };
    if (typeof needs === 'string') return fail(needs);
    const { engine, reason } = choose({ ...known, ...needs }, browser);
    if (!engine) return fail(reason || 'unsupported');
    if (engine !== first.engine) library = fetchEngine(engine);
    const bandwidth = estimate(playlist.end - playlist.start);
    const begins = lookAhead(kind, playlist, ahead, bandwidth, !media.currentTime);
    const made = await within(ARRIVAL, library, signal);
    if (signal.aborted) return undefined;
    const work = { name: engine, media, source, playlist, ahead, bandwidth, first: begins, signal, fail, changed, go };
    play(session, work, made.MediaPlayer || made.default);
  } catch (error) {
    if (error instanceof Refused) fail(error.reason, error.evidence);
    else fail('unknown');
  }
  return undefined;
}

/**
 * Asks for what the engine will begin with, while it is on its way.
 * @param {'dash' | 'hls'} kind @param {Playlist} playlist @param {import('./engines/ahead.js').Ahead} ahead
 * @param {number} bandwidth @param {boolean} fresh from the beginning: what it begins with is known
 * @returns {string} the playlist that it begins with, where there is one besides
 */
function lookAhead(kind, { text, url }, ahead, bandwidth, fresh) {
  const segments = (/** @type {string[]} */ urls) => urls.forEach((each) => ahead.ask(each, 'arrayBuffer'));
  if (kind === 'dash') {
    if (fresh) segments(firstOfDash(text, url, bandwidth));
    return '';
  }
  const playlists = firstPlaylists(text, url, bandwidth);
  if (fresh) segments(firstSegments(text, url));
  for (const each of playlists) {
    ahead.ask(each, 'text').then((given) => given && fresh && segments(firstSegments(given.data, given.url)));
  }
  return playlists[0] || '';
}

/** @param {Session} session @param {Work} work @param {any} library */
function play(session, work, library) {
  const { media, signal, changed } = work;
  const brought = [...media.querySelectorAll('source')];
  // First of all who listens: an engine that goes takes the position with it, and maybe the author's own sources.
  let at = 0;
  let rate = 1;
  signal.addEventListener('abort', () => {
    // What is live has a timeline of its own in each engine, and in each of its lives.
    at = session.engine?.live() ? 0 : media.currentTime;
    rate = media.playbackRate;
  }, { once: true }); // prettier-ignore
  const engine = ENGINES[work.name](library, work);
  session.engine = engine;
  signal.addEventListener('abort', () => {
    if (session.engine === engine) session.engine = undefined;
    for (const source of brought) if (!source.isConnected) media.append(source);
    if (at && !media.currentTime) media.currentTime = at;
    media.playbackRate = rate;
  }, { once: true }); // prettier-ignore
  changed();
}

/**
 * Asks something of what plays; where the browser plays by itself, an engine is brought in first, at the same position.
 * @param {Session} session
 * @param {'renditions' | 'rendition' | 'audioTrack' | 'saver'} what
 * @param {any} [value]
 */
export async function request(session, what, value) {
  if (!session.engine && !(await bringIn(session))) return;
  if (what !== 'renditions') session.engine?.[what](/** @type {never} */ (value));
}

/** However many ask, it comes once. @type {WeakMap<Session, Promise<boolean>>} */
const coming = new WeakMap();

/** @param {Session} session @returns {Promise<boolean>} whether there is an engine now */
function bringIn(session) {
  const under = coming.get(session) || bring(session).finally(() => coming.delete(session));
  coming.set(session, under);
  return under;
}

/** @param {Session} session @returns {Promise<boolean>} */
async function bring(session) {
  const { native, queue } = session;
  const [source] = queue;
  if (!source || !isStream(source) || source.engine || !browser.mse) return !!session.engine;
  const kind = kindOf(source);
  // What plays plays on until everything is here.
  source.needs ||= kind === 'hls' ? ['audio', 'text'] : [];
  const { engine } = choose({ kind, audio: true }, browser);
  if (!engine) return false;
  await within(ARRIVAL, fetchEngine(engine), AbortSignal.timeout(ARRIVAL)).catch(() => {});
  if (queue[0] !== source || session.queue !== queue) return false;
  source.engine = true;
  session.wanted = !native.paused;
  session.send('next');
  return new Promise((resolve) => {
    const until = performance.now() + ARRIVAL;
    const look = () => {
      const facts = session.engine?.facts();
      if (facts?.renditions.length) resolve(true);
      else if (performance.now() > until || session.queue[0] !== source) resolve(false);
      else setTimeout(look, 50);
    };
    look();
  });
}

class Refused extends Error {
  /** @param {string} reason @param {Evidence} [evidence] */
  constructor(reason, evidence) {
    super(reason);
    this.reason = reason;
    this.evidence = evidence;
  }
}

/** @param {string} src @param {AbortSignal} signal @returns {Promise<Playlist>} rejects with Refused */
async function fetchPlaylist(src, signal, tries = 2) {
  const start = performance.now();
  /** @type {Refused} */
  let refused;
  try {
    const answer = await fetch(src, { signal: AbortSignal.any?.([signal, AbortSignal.timeout(FIRST)]) || signal });
    const first = performance.now();
    if (answer.ok) return { url: answer.url, text: await answer.text(), start, first, end: performance.now() };
    const after = retryAfter(answer.headers.get('retry-after') || '', Date.now());
    refused = new Refused(reasonOfStatus(answer.status), { status: answer.status, after });
    // Who says when to come again is not asked before.
    if (after || (answer.status < 500 && answer.status !== 408)) throw refused;
  } catch (error) {
    if (error instanceof Refused) throw error;
    refused = new Refused(/** @type {Error} */ (error).name === 'TimeoutError' ? 'timeout' : 'unreachable');
  }
  if (signal.aborted || !--tries) throw refused;
  await new Promise((later) => setTimeout(later, AGAIN));
  return fetchPlaylist(src, signal, tries);
}

/** @template T @param {number} ms @param {Promise<T>} promise @param {AbortSignal} signal @returns {Promise<T>} */
function within(ms, promise, signal) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Refused('timeout')), ms);
    const stop = () => clearTimeout(late);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(stop);
  });
}

/** @param {Source} source @returns {'dash' | 'hls'} */
const kindOf = (source) => (/dash/.test(typeOf(source)) ? 'dash' : 'hls');

/** iPhones have the managed one alone. @type {typeof MediaSource | undefined} */
const Source = /** @type {any} */ (self).MediaSource || /** @type {any} */ (self).ManagedMediaSource;
const browser = {
  native: '', // what comes here is not played by the browser itself
  mse: !!Source,
  supported: (/** @type {string} */ type) => Source?.isTypeSupported(type) || '',
};
