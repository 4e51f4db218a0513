// @ts-check
/** What a stream begins with, read from its playlists. Pure. */
import { attribute } from './playlist.js';

/** @param {string} url @param {string} base @returns {string} */
const absolute = (url, base) => new URL(url, base).href;

/** The best that the link carries, or the lightest. @template {{bandwidth: number}} T @param {T[]} all @param {number} bandwidth bit/s */
const fitting = (all, bandwidth) => {
  const sorted = [...all].sort((a, b) => a.bandwidth - b.bandwidth);
  return sorted.findLast((one) => one.bandwidth <= bandwidth) || sorted[0];
};

/**
 * @param {string} text a multivariant playlist (RFC 8216, 4.3.4)
 * @param {string} base its address
 * @param {number} bandwidth bit/s
 * @returns {string[]} media playlists: the rendition's, and that of its sound where it has one; none where it is no such playlist
 */
export function firstPlaylists(text, base, bandwidth) {
  const variants = [...text.matchAll(/^(#EXT-X-STREAM-INF:.*)\s+(?:#.*\s+)*([^#\s].*)$/gm)].map(([, line, uri]) => ({
    uri: uri.trim(), bandwidth: +attribute(line, 'BANDWIDTH') || 0, audio: attribute(line, 'AUDIO'),
  })); // prettier-ignore
  const chosen = fitting(variants, bandwidth);
  if (!chosen || /[{]\$/.test(text)) return [];
  const sounds = [...text.matchAll(/^#EXT-X-MEDIA:.*TYPE=AUDIO.*/gm)].map(([line]) => line);
  const group = sounds.filter((line) => chosen.audio && attribute(line, 'GROUP-ID') === chosen.audio);
  const sound = group.find((line) => attribute(line, 'DEFAULT') === 'YES') || group[0];
  const uri = sound && attribute(sound, 'URI');
  return [chosen.uri, ...(uri ? [uri] : [])].map((each) => absolute(each, base));
}

/**
 * @param {string} text a media playlist (RFC 8216, 4.3.3)
 * @param {string} base its address
 * @returns {string[]} the initialisation section and the first segment; none where it is live, encrypted, in byte ranges, or begins elsewhere
 */
export function firstSegments(text, base) {
  if (!/^#EXT-X-ENDLIST/m.test(text) || /^#EXT-X-(BYTERANGE|START|DEFINE|GAP|KEY:METHOD=(?!NONE))/m.test(text)) return [];
  const map = /^#EXT-X-MAP:.*/m.exec(text)?.[0] || '';
  const segment = /^#EXTINF:.*\s+(?:#.*\s+)*([^#\s].*)$/m.exec(text)?.[1].trim();
  if (!segment || attribute(map, 'BYTERANGE')) return [];
  const init = attribute(map, 'URI');
  return [...(init ? [init] : []), segment].map((each) => absolute(each, base));
}

/** @param {string} tag @param {string} name @returns {string} an XML attribute's value */
const xml = (tag, name) => (new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] || '').replace(/&amp;/g, '&');

/**
 * @param {string} text a manifest of DASH (ISO/IEC 23009-1, 5.3.9.4)
 * @param {string} base its address
 * @param {number} bandwidth bit/s
 * @returns {string[]} initialisation and first segment of picture and sound, where templates name them and there is one of each
 */
export function firstOfDash(text, base, bandwidth) {
  if (/type="dynamic"|<BaseURL|<ContentProtection|xlink:href/.test(text)) return [];
  const period = /<Period\b[\s\S]*?<\/Period>/.exec(text)?.[0] || '';
  const sets = [...period.matchAll(/<AdaptationSet\b[\s\S]*?<\/AdaptationSet>/g)].map(([set]) => set);
  return ['video', 'audio'].flatMap((kind) => {
    const [set, another] = sets.filter((each) => new RegExp(`(contentType|mimeType)="${kind}`).test(each));
    if (!set || another) return [];
    const all = [...set.matchAll(/<Representation\b([^>]*?)(?:\/>|>([\s\S]*?)<\/Representation>)/g)].map(([, tag, inner]) => ({
      id: xml(tag, 'id'), bandwidth: +xml(tag, 'bandwidth'), inner: inner || '',
    })); // prettier-ignore
    const chosen = fitting(all, bandwidth);
    const within = chosen && /<SegmentTemplate\b/.test(chosen.inner) ? chosen.inner : set;
    const template = /<SegmentTemplate\b[^>]*/.exec(within)?.[0] || '';
    const time = /<S\b[^>]*/.exec(within)?.[0] || '';
    /** @type {Record<string, string | number>} */
    const values = { RepresentationID: chosen?.id, Bandwidth: chosen?.bandwidth, Number: xml(template, 'startNumber') || 1, Time: xml(time, 't') || 0 };
    const fill = (/** @type {string} */ name) =>
      xml(template, name).replace(/\$(\w+)(?:%0(\d+)d)?\$/g, (_, key, width) => String(values[key]).padStart(+width || 0, '0'));
    const urls = [fill('initialization'), fill('media')];
    return urls.every(Boolean) ? urls.map((url) => absolute(url, base)) : [];
  });
}
