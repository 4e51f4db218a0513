// @ts-check
/**
 * Which engine plays an item. Pure: what the item needs and what the browser has come in as arguments.
 *
 * @typedef {object} Needs
 * @property {'file' | 'hls' | 'dash'} kind
 * @property {string[]} [codecs] of each rendition, as RFC 6381 has them; none where they are not known
 * @property {'' | 'whole' | 'drm'} [encryption] `whole`: segments as AES-128, AES-256; `drm`: keys that only a CDM has
 * @property {boolean} [audio] alternate audio in playlists of its own
 * @property {boolean} [text] subtitles or captions in the stream
 * @property {boolean} [variables] playlists with EXT-X-DEFINE
 * @property {boolean} [advanced] codecs in transport streams that the light build does not know
 * @property {boolean} [lowLatency] partial segments (RFC 8216bis, 4.4.4.9); both builds know them
 * @property {'' | 'rendition' | 'audioTrack' | 'textTrack'} [asked] what the reader wants that the browser's own way lacks
 * @property {boolean} [failed] the browser's own way has failed
 *
 * @typedef {object} Browser
 * @property {string} native what `canPlayType` says of the item's type
 * @property {boolean} mse `MediaSource` or `ManagedMediaSource` is there
 * @property {(type: string) => string | boolean} supported as `isTypeSupported` has it
 *
 * @typedef {'native' | 'hls-light' | 'hls' | 'dash'} Name
 */

/** What the light build of hls.js cannot demultiplex from a transport stream; where it is one is not known beforehand. */
const ADVANCED = /^(hvc1|hev1|ac-3|ec-3)/;

/** @param {string} codecs @returns {string} the type that a SourceBuffer is asked for */
const typeOf = (codecs) => `${/^(mp4a|ac-3|ec-3|opus|flac|mp3)[^,]*$/i.test(codecs) ? 'audio' : 'video'}/mp4; codecs="${codecs}"`;

/**
 * @param {Needs} needs
 * @param {Browser} browser
 * @returns {{engine: Name | null, reason?: string}} `reason`: why there is none, from the vocabulary of verdicts
 */
export function choose({ kind, codecs = [], encryption, audio, text, variables, advanced, asked, failed }, { native, mse, supported }) {
  const none = { engine: null, reason: 'unsupported' };
  if (kind === 'file') return native && !failed ? { engine: 'native' } : none;
  // A key that only the system has cannot be had by us; where there is no MediaSource nothing else can be had.
  if (native && !failed && (!asked || encryption === 'drm' || !mse)) return { engine: 'native' };
  if (!mse || encryption === 'drm' || (codecs.length && !codecs.some((each) => supported(typeOf(each))))) return none;
  if (kind === 'dash') return { engine: 'dash' };
  const rare = codecs.some((each) => each.split(',').some((codec) => ADVANCED.test(codec)));
  const full = audio || text || variables || advanced || rare || asked === 'audioTrack' || asked === 'textTrack';
  return { engine: full ? 'hls' : 'hls-light' };
}
