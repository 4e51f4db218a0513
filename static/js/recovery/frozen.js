// @ts-check
/**
 * A live playlist that stands still, of HLS or DASH. A server that is well has a new one within one and a half target durations
 * (RFC 8216bis, 6.2.1): what has not changed for so long has stopped, and asking again brings the same seconds once more.
 *
 * @typedef {{url: string, text: string}} Playlist the media playlist, and where it is
 */
import { isStream } from '../sources.js';
import { within } from './wait.js';

const LATE = 1.5;
/** However long its segments are, in ms. */
const MOST = 15_000;
/** For one answer, in ms. */
const DEADLINE = 4000;

/** Whether what plays is a live stream. @param {import('../session.js').Session} session */
export const isLive = ({ queue, engine, native }) => isStream(queue[0]) && !!(engine?.live() || native.duration === Infinity);

/**
 * Pure.
 * @param {string} text of a playlist
 * @returns {{live: boolean, target: number, variant: string, mark: string}} `live`: more is to come; `target`: seconds until it
 *   does; `variant`: the first playlist that it names, where it has no segments itself; `mark`: what is another as soon as it moves
 */
export const read = (text) => (/<MPD\b/.test(text) ? readDash(text) : readHls(text));

/** @param {string} text */
function readHls(text) {
  const target = /^#EXT-X-TARGETDURATION:(\d+)/m.exec(text)?.[1];
  const ends = /^#EXT-X-(ENDLIST|PLAYLIST-TYPE:VOD)/m.test(text);
  const variant = /^#EXT-X-STREAM-INF:.*\s+(?:#.*\s+)*(\S+)/m.exec(text)?.[1] || '';
  return { live: !!target && !ends, target: +(target || 0), variant, mark: text };
}

/**
 * By the segments that its timelines name (ISO/IEC 23009-1, 5.3.9.6): the time of publication may change without them, and
 * where they are counted by the clock alone the manifest never changes.
 * @param {string} text
 */
function readDash(text) {
  const named = text.match(/<S\s[^>]*>/g) || [];
  const dynamic = /\btype=["']dynamic/.test(text);
  // Repeated without end: as good as by the clock.
  const live = dynamic && !!named[0] && !named.some((each) => /\br=["']-/.test(each));
  const [, minutes, seconds] = /\bminimumUpdatePeriod=["']PT(?:(\d+)M)?(?:([\d.]+)S)?/.exec(text) || [];
  const long = +(/\bd=["'](\d+)/.exec(named[0] || '')?.[1] || 0) / +(/\btimescale=["'](\d+)/.exec(text)?.[1] || 1);
  return { live, target: Math.max(long, +(minutes || 0) * 60 + +(seconds || 0)), variant: '', mark: `${dynamic}${named.join('')}` };
}

/**
 * @param {string} src of the stream
 * @param {AbortSignal} signal
 * @returns {Promise<Playlist | undefined>} its live playlist as it has stood for too long; undefined where it moves, has an end, or cannot be read
 */
export async function standing(src, signal) {
  const playlist = await fetched(src, signal);
  const { live, target } = read(playlist?.text || '');
  if (!playlist || !live) return undefined;
  await new Promise((later) => setTimeout(later, Math.min(MOST, target * LATE * 1000)));
  return (await moves(playlist, signal)) === false ? playlist : undefined;
}

/** @param {Playlist} playlist as it was @param {AbortSignal} signal @returns {Promise<boolean | undefined>} undefined where it cannot be read */
export async function moves({ url, text }, signal) {
  const now = await fetched(url, signal);
  return now && read(now.text).mark !== read(text).mark;
}

/** The media playlist as it is now. @param {string} src of the stream @param {AbortSignal} signal @returns {Promise<Playlist | undefined>} */
export async function fetched(src, signal, hop = true) {
  /** @param {AbortSignal} attempt @returns {Promise<Playlist>} */
  const ask = async (attempt) => {
    const answer = await fetch(src, { signal: attempt, cache: 'no-store' });
    return { url: answer.url, text: answer.ok ? await answer.text() : '' };
  };
  const playlist = await within(DEADLINE, signal, ask).catch(() => undefined);
  const variant = hop && playlist && read(playlist.text).variant;
  if (variant) return fetched(new URL(variant, playlist.url).href, signal, false);
  return playlist?.text ? playlist : undefined;
}
