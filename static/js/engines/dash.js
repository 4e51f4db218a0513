// @ts-check
/** DASH by dash.js. */
import { reasonOfDash } from './errors.js';

/** @typedef {import('../facts/renditions.js').Engine} Engine @typedef {import('../streams.js').Work} Work */

const AGAIN = { MPD: 1, MediaSegment: 2, InitializationSegment: 1, IndexSegment: 1, BitstreamSwitchingSegment: 1, other: 1 };
const AFTER = { MPD: 500, MediaSegment: 500, InitializationSegment: 500, IndexSegment: 500, BitstreamSwitchingSegment: 500, other: 500 };
const SETTINGS = {
  debug: { logLevel: 0 },
  streaming: {
    retryAttempts: AGAIN, retryIntervals: AFTER,
    manifestRequestTimeout: 8000, fragmentRequestTimeout: 20000,
    buffer: { bufferTimeAtTopQuality: 30, bufferToKeep: 60 },
    text: { defaultEnabled: false },
    // Nothing of it is kept on the reader's device.
    lastBitrateCachingInfo: { enabled: false }, lastMediaSettingsCachingInfo: { enabled: false },
    cmcd: { enabled: false },
    // What can be played a SourceBuffer says at once; the other way asks another process of the browser's, and waits.
    capabilities: { useMediaCapabilitiesApi: false },
  },
}; // prettier-ignore

/** No reasons to stop (its core/errors/Errors.js): nobody says what time it is, so this device does; a caption that cannot be read. */
const HARMLESS = [16, 33];

/** @param {any} MediaPlayer @param {Work} work @returns {Engine} */
export function playDash(MediaPlayer, work) {
  const { media, source, signal, fail, changed, go, ahead, bandwidth, name } = work;
  const player = MediaPlayer().create();
  const at = media.currentTime;
  let moved = performance.now();
  player.updateSettings(SETTINGS);
  const begin = bandwidth / 1000;
  player.updateSettings({ streaming: { abr: { initialBitrate: { video: begin, audio: begin } } } });
  player.extend('XHRLoader', handing(ahead), true);
  player.extend('PlaybackController', ending, true);
  // It would have to be drawn beside the picture, by a part of dash.js that is left out.
  player.registerCustomCapabilitiesFilter((/** @type {any} */ { codecs, mimeType }) => !/^stpp/.test(codecs) && !/ttml/.test(mimeType));
  player.on('error', (/** @type {any} */ { error }) => HARMLESS.includes(error.code) || fail(...reasonsOf(error)));
  for (const event of ['streamInitialized', 'qualityChangeRendered', 'newTrackSelected', 'trackChangeRendered']) player.on(event, changed);
  player.on('manifestLoaded', () => {
    moved = performance.now();
    changed();
  });
  // It takes hold of the element only when it has read the manifest; what is played until then plays on.
  media.addEventListener('loadstart', () => {
    if (at) media.currentTime = at;
    go(() => {});
  }, { signal, once: true }); // prettier-ignore
  signal.addEventListener('abort', () => player.destroy(), { once: true });
  player.initialize(media, undefined, false);
  // A stranger's clock, which would be asked by every reader of a live stream that names none.
  player.clearDefaultUTCTimingSources();
  player.attachSource(source.src, at || undefined);

  /** Video, or where there is none sound. */
  const kind = () => (player.getRepresentationsByTypeUnfiltered('video').length ? 'video' : 'audio');
  const all = () => (player.isReady() ? player.getRepresentationsByTypeUnfiltered(kind()) : []);
  const sorted = () => [...all()].sort((a, b) => a.bandwidth - b.bandwidth);
  const track = (/** @type {any} */ info) => info && player.getTracksFor('audio').indexOf(info);
  return {
    name,
    facts() {
      const list = sorted();
      const now = list.length ? list.findIndex(({ id }) => id === player.getCurrentRepresentationForType(kind())?.id) : -1;
      const audio = list.length ? player.getTracksFor('audio') : [];
      // As HLS has it: what a rendition costs with its sound.
      const sound = (kind() === 'video' && list.length && player.getCurrentRepresentationForType('audio')?.bandwidth) || 0;
      const playing = list.length ? track(player.getCurrentTrackFor('audio')) : -1;
      return {
        renditions: list.map(({ width, height, bandwidth, codecs }, id) => ({
          id, width: width || 0, height: height || 0, bitrate: bandwidth + sound, codecs: codecs || '', name: '', audio: kind() === 'audio',
        })),
        rendition: now < 0 ? null : now,
        auto: player.getSettings().streaming.abr.autoSwitchBitrate[kind()] !== false,
        audio: audio.map((/** @type {any} */ { lang, labels, roles }, /** @type {number} */ id) => ({
          id, lang: lang || '', label: labels?.[0]?.text || '', role: roles?.[0]?.value || 'main',
        })),
        audioTrack: playing >= 0 ? playing : null,
        more: false,
      }; // prettier-ignore
    },
    rendition(id) {
      player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { [kind()]: id === null } } } });
      const chosen = id !== null && sorted()[id];
      if (chosen) player.setRepresentationForTypeById(kind(), chosen.id);
      changed();
    },
    audioTrack(id) {
      const chosen = player.getTracksFor('audio')[id];
      if (chosen) player.setCurrentTrack(chosen);
      changed();
    },
    saver(on) {
      const least = Math.ceil((sorted()[0]?.bandwidth || 0) / 1000);
      player.updateSettings({ streaming: { abr: { maxBitrate: { [kind()]: on ? least : -1 } } } });
      changed();
    },
    live() {
      if (!player.isReady() || !player.isDynamic()) return undefined;
      const { start, end } = player.getDvrWindow();
      const edge = end - (player.getTargetLiveDelay() || 0);
      const now = player.timeAsUTC() * 1000;
      const date = (/** @type {number} */ time) => (now ? now + (time - media.currentTime) * 1000 : undefined);
      return { edge, latency: player.getCurrentLiveLatency() || NaN, start, end, moved, date };
    },
  };
}

/** @param {any} error of dash.js @returns {[string, import('./errors.js').Evidence]} */
function reasonsOf({ code, data }) {
  const status = data?.response?.status || data?.request?.response?.status || undefined;
  return [reasonOfDash(code, status), { status }];
}

/** Less than any segment lasts, in seconds. */
const SOON = 0.001;

/**
 * That it is over is the element's to tell. dash.js tells it by a timer of its own, which on a busy page comes before the element does:
 * it then seeks to the end, is sent back from there to the last segment, and stays there, paused.
 * @this {any} as dash.js extends a class: `this.parent` is what is extended
 */
function ending() {
  const { getTimeToStreamEnd, getStreamController } = this.parent;
  return {
    getTimeToStreamEnd(/** @type {any} */ info) {
      const left = getTimeToStreamEnd(info);
      return info || !getStreamController().getActiveStreamInfo()?.isLast ? left : Math.max(left, SOON);
    },
  };
}

/**
 * Answers with what has been fetched while the engine came.
 * @param {import('./ahead.js').Ahead} ahead
 * @returns {(this: any) => {load: Function, abort: Function}} as dash.js extends a class: `this.parent` is what is extended
 */
function handing(ahead) {
  return function () {
    const { load, abort } = this.parent;
    let gone = false;
    return {
      load(/** @type {any} */ request, /** @type {any} */ response) {
        const coming = request.headers?.Range ? undefined : ahead.take(request.url);
        if (!coming) return load(request, response);
        const { customData } = request;
        customData.abort = () => (gone = true);
        coming.then((here) => {
          if (gone) return;
          if (!here) {
            load(request, response);
            return;
          }
          const loaded = here.data.length ?? here.data.byteLength;
          Object.assign(response, { url: here.url, status: 200, statusText: 'OK', headers: {}, data: here.data });
          customData.onprogress({ lengthComputable: true, loaded, total: loaded });
          customData.onloadend();
        });
        return true;
      },
      abort() {
        gone = true;
        abort();
      },
    };
  };
}
