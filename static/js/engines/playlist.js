// @ts-check
/** What a playlist says that it needs (RFC 8216bis). Pure. @typedef {import('./choose.js').Needs} Needs */

/** @param {string} line @param {string} name @returns {string} the attribute's value, without its quotes */
export const attribute = (line, name) => new RegExp(`[:,]${name}=(?:"([^"]*)"|([^,]*))`).exec(line)?.slice(1).find(Boolean) || '';

/**
 * @param {string} text a multivariant or a media playlist
 * @returns {(Needs & {kind: 'hls'}) | string} or the reason code of what is no playlist
 */
export function needsOf(text) {
  if (!/^\uFEFF?#EXTM3U/.test(text)) return !text ? 'empty' : /^\s*<(!doctype|html)/i.test(text) ? 'html' : 'bad-playlist';
  /** @type {Needs & {kind: 'hls'}} */
  const needs = { kind: 'hls', codecs: [], encryption: '' };
  for (const [line, tag] of text.matchAll(/^#EXT-X-([A-Z-]+)\b.*/gm)) {
    if (tag === 'MEDIA') {
      const type = attribute(line, 'TYPE');
      if (type === 'AUDIO' && attribute(line, 'URI')) needs.audio = true;
      if (type === 'SUBTITLES' || type === 'CLOSED-CAPTIONS') needs.text = true;
    } else if (tag === 'STREAM-INF') {
      const codecs = attribute(line, 'CODECS').replace(/\s/g, '');
      if (codecs && !needs.codecs?.includes(codecs)) needs.codecs?.push(codecs);
    } else if (tag === 'KEY' || tag === 'SESSION-KEY') {
      const method = attribute(line, 'METHOD');
      const whole = /^AES/.test(method) && /^(identity)?$/.test(attribute(line, 'KEYFORMAT'));
      if (method !== 'NONE' && needs.encryption !== 'whole') needs.encryption = whole ? 'whole' : 'drm';
    } else if (tag === 'DEFINE') needs.variables = true;
    else if (tag === 'PART-INF') needs.lowLatency = true;
  }
  return needs;
}
