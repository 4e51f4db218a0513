// @ts-check
/**
 * A live playlist that stands still (HLS). A server that is well has a new one within one and a half target durations
 * (RFC 8216bis, 6.2.1): what has not changed for so long has stopped, and asking again brings the same seconds once more.
 *
 * @typedef {{url: string, text: string}} Playlist the media playlist, and where it is
 */

const LATE = 1.5;
/** However long its segments are, in ms. */
const MOST = 15_000;
/** For one answer, in ms. */
const DEADLINE = 4000;

/**
 * Pure.
 * @param {string} text of a playlist
 * @returns {{live: boolean, target: number, variant: string}} `live`: more is to come; `target`: seconds; `variant`: the first
 *   playlist that it names, where it has no segments itself
 */
export function read(text) {
  const target = /^#EXT-X-TARGETDURATION:(\d+)/m.exec(text)?.[1];
  const ends = /^#EXT-X-(ENDLIST|PLAYLIST-TYPE:VOD)/m.test(text);
  return { live: !!target && !ends, target: +(target || 0), variant: /^#EXT-X-STREAM-INF:.*\s+(?:#.*\s+)*(\S+)/m.exec(text)?.[1] || '' };
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
  return now && now.text !== text;
}

/** @param {string} src @param {AbortSignal} signal @returns {Promise<Playlist | undefined>} */
async function fetched(src, signal, hop = true) {
  const attempt = new AbortController();
  const end = () => attempt.abort();
  const timer = setTimeout(end, DEADLINE);
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) return undefined;
    const answer = await fetch(src, { signal: attempt.signal, cache: 'no-store' });
    const text = answer.ok ? await answer.text() : '';
    const { variant } = read(text);
    if (variant && hop) return await fetched(new URL(variant, answer.url).href, signal, false);
    return text ? { url: answer.url, text } : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
