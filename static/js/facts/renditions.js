// @ts-check
/**
 * What can be chosen of what is played: qualities and audio tracks, alike whichever engine plays. Read again whenever
 * the player changes. Text tracks stand in the media element's own list, whoever brought them.
 *
 * @typedef {object} Rendition
 * @property {number} id
 * @property {number} width pixels; 0 where the stream does not say
 * @property {number} height
 * @property {number} bitrate bit/s
 * @property {string} codecs
 * @property {string} name the publisher's
 * @property {boolean} audio sound alone
 *
 * @typedef {object} AudioTrack
 * @property {number} id
 * @property {string} lang BCP 47, or ''
 * @property {string} label
 * @property {string} role `main`, or what the publisher calls it: `description`, `commentary` …
 *
 * @typedef {object} Renditions
 * @property {Rendition[]} renditions the smallest first
 * @property {number | null} rendition what plays now
 * @property {boolean} auto the engine chooses
 * @property {AudioTrack[]} audio
 * @property {number | null} audioTrack
 * @property {boolean} more an engine could be brought in that may know more
 *
 * @typedef {object} Live times in seconds of the media element
 * @property {number} edge where playing "now" begins
 * @property {number} latency behind what has been published; NaN where it is not known
 * @property {number} start of what can still be sought
 * @property {number} end
 * @property {number} moved `performance.now()` when the playlist last moved on
 * @property {(time: number) => number | undefined} date ms since the epoch at that time
 *
 * @typedef {object} Engine
 * @property {'hls-light' | 'hls' | 'dash'} name
 * @property {() => Renditions} facts
 * @property {(id: number | null) => void} rendition null: the engine chooses
 * @property {(id: number) => void} audioTrack
 * @property {(on: boolean) => void} saver no more than the smallest rendition
 * @property {() => Live | undefined} live
 */
import { isStream } from '../sources.js';

/** @param {import('../session.js').Session} session @returns {Renditions} */
export function renditions({ engine, native, queue }) {
  if (engine) return engine.facts();
  // Safari alone tells the tracks of what it plays by itself.
  const tracks = /** @type {any[]} */ (Array.from(/** @type {any} */ (native).audioTracks || []));
  const audio = tracks.map(({ language, label, kind }, id) => ({ id, lang: language, label, role: kind || 'main' }));
  const audioTrack = tracks.findIndex(({ enabled }) => enabled);
  return {
    renditions: [], rendition: null, auto: true, audio, audioTrack: audioTrack < 0 ? null : audioTrack,
    more: !!queue[0] && isStream(queue[0]) && 'MediaSource' in self,
  }; // prettier-ignore
}
