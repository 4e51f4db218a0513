// @ts-check
/**
 * The renditions that the reader may choose from: those of a stream, as its engine has them; or the files of an item that
 * differ in size.
 *
 * @typedef {object} Rendition
 * @property {string | number} id
 * @property {number} [height] pixels
 * @property {number} [bitrate] bit/s
 * @property {boolean} [audio] sound without the picture
 *
 * @typedef {object} Offer
 * @property {Rendition[]} list the best first
 * @property {string | number | null} chosen null: the player chooses
 * @property {string | number | undefined} now
 *
 * @typedef {import('../player.js').SteadyPlayer} Player @typedef {import('../sources.js').Source & Rendition} File
 */
import { isDead } from '../sources.js';

/** Heavier is more. @param {Rendition} one */
const weight = ({ audio, bitrate = 0, height = 0 }) => (audio ? 0 : height * 1e9 + bitrate);

/** @param {Player} player @returns {Offer} */
export function renditions({ session, more, native }) {
  const { renditions: list = [], rendition: now, auto } = more.facts();
  if (list.length) return { list: [...list].sort((a, b) => weight(b) - weight(a)), chosen: auto ? null : now, now };
  return { list: files(session, native), chosen: more.rendition ?? null, now: session.queue[0]?.src };
}

/** One file for each size that can be told from the others. @param {Player['session']} session @param {HTMLMediaElement} native @returns {Rendition[]} */
function files({ manifest, queue }, native) {
  const now = Date.now() + (manifest?.skew || 0);
  const left = new Set(queue.map(({ src }) => src));
  /** @type {Map<string, Rendition>} */
  const told = new Map();
  for (const source of /** @type {File[]} */ (manifest?.sources || [])) {
    const { src, type = '', size, height, bitrate = size && manifest?.duration ? (size * 8) / manifest.duration : undefined } = source;
    if (left.size ? !left.has(src) : isDead(source, now) || (type && !native.canPlayType(type))) continue;
    const audio = native.localName === 'video' && /^audio\//.test(type);
    const key = String(audio || height || bitrate);
    // What plays stands for its size.
    if (src === queue[0]?.src || !told.has(key)) told.set(key, { id: src, height, bitrate, audio });
  }
  const list = [...told.values()].filter(({ height, bitrate, audio }) => height || bitrate || audio).sort((a, b) => weight(b) - weight(a));
  // Recordings that differ by little are the same in two formats.
  const [{ height = 0, bitrate: most = 0 } = {}] = list;
  return height || most > 1.5 * (list[list.length - 1]?.bitrate || most) ? list : [];
}
