// @ts-check
/** HLS by hls.js, in either of its builds. */
import { reasonOfHls, retryAfter } from './errors.js';
import { textTracks } from './hls-text.js';

/** @typedef {import('../facts/renditions.js').Engine} Engine @typedef {import('../streams.js').Work} Work */

/** Soon found, soon given up: who is above decides about waiting longer (RFC 9110, 15.5: a 4xx stays what it is). */
const AGAIN = { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 1000, shouldRetry: again };
const POLICY = { default: { maxTimeToFirstByteMs: 4000, maxLoadTimeMs: 20000, timeoutRetry: { ...AGAIN, maxNumRetry: 1 }, errorRetry: AGAIN } };
/** A segment of a slow link comes late, and whole. */
const SEGMENT = { default: { ...POLICY.default, maxLoadTimeMs: 60000 } };

/** @param {any} config @param {number} count @param {boolean} late @param {{code?: number}} [answer] */
function again(config, count, late, answer) {
  const code = answer?.code || 0;
  return count < config.maxNumRetry && (late || code < 400 || code >= 500 || code === 408);
}

/**
 * WebKit plays a little past the end of what a playlist has. Where that stands still it would be sent back each time that it
 * is read, and the reader would hear the same second for ever.
 * @param {any} StreamController
 */
const forward = (StreamController) =>
  class extends StreamController {
    /** @param {{advanced: boolean}} details */
    synchronizeToLiveEdge(details) {
      if (details.advanced) super.synchronizeToLiveEdge(details);
    }
  };

/** @param {any} Hls @param {Work} work @returns {Engine} */
export function playHls(Hls, work) {
  const { media, signal, fail, changed, go, playlist, ahead, bandwidth, first, name } = work;
  let moved = performance.now();
  let mended = 0;
  /** @type {any} */
  let hls;
  go(() => {
    const { currentTime, duration } = media;
    hls = new Hls({
      // A worker would have to come from a blob, which strict policies forbid.
      enableWorker: false,
      renderTextTracksNatively: false,
      enableID3MetadataCues: false, enableDateRangeMetadataCues: false, enableEmsgMetadataCues: false,
      liveDurationInfinity: true,
      backBufferLength: 60,
      capLevelToPlayerSize: true,
      startFragPrefetch: true,
      startPosition: duration === Infinity ? -1 : currentTime || -1,
      abrEwmaDefaultEstimate: bandwidth,
      streamController: forward(Hls.DefaultConfig.streamController),
      loader: handing(Hls.DefaultConfig.loader, ahead),
      manifestLoadPolicy: POLICY, playlistLoadPolicy: POLICY, keyLoadPolicy: POLICY, fragLoadPolicy: SEGMENT,
    }); // prettier-ignore
    hls.attachMedia(media);
  });
  const on = (/** @type {string} */ event, /** @type {(data: any) => void} */ then) => hls.on(event, (/** @type {string} */ _, /** @type {any} */ data) => then(data));
  for (const event of ['ManifestParsed', 'LevelSwitched', 'LevelsUpdated', 'AudioTracksUpdated', 'AudioTrackSwitched']) on(`hls${event}`, changed);
  on('hlsManifestParsed', ({ levels }) => {
    // What has been fetched of one rendition is of no use to another.
    const level = levels.findIndex((/** @type {any} */ { url }) => url.includes(first));
    if (first && level >= 0) hls.startLevel = level;
  });
  on('hlsLevelUpdated', ({ details }) => {
    if (!details.live || details.advanced) moved = performance.now();
    changed();
  });
  on('hlsError', (error) => {
    if (!error.fatal) return;
    // A decoder that has choked is given one new beginning every half minute.
    if (error.type === 'mediaError' && performance.now() - mended > 30000 && mended >= 0 && media.readyState) {
      mended = performance.now();
      hls.recoverMediaError();
      return;
    }
    const status = error.response?.code || undefined;
    const after = retryAfter(readable(error.networkDetails), Date.now());
    fail(reasonOfHls(error), { status, after });
  });
  const text = textTracks(media, hls, signal);
  signal.addEventListener('abort', () => {
    text.destroy();
    hls.destroy();
  }, { once: true }); // prettier-ignore
  hls.loadSource(playlist?.url || work.source.src);

  return {
    name,
    facts: () => ({
      renditions: hls.levels.map(renditionOf),
      rendition: hls.currentLevel < 0 ? null : hls.currentLevel,
      auto: hls.autoLevelEnabled,
      audio: hls.audioTracks.map((/** @type {any} */ { id, lang, name, characteristics }) => ({
        id, lang: lang || '', label: name, role: /describes-video/.test(characteristics) ? 'description' : 'main',
      })), // prettier-ignore
      audioTrack: hls.audioTrack < 0 ? null : hls.audioTrack,
      more: false,
    }),
    rendition(id) {
      if (id === null) hls.loadLevel = -1;
      else hls.nextLevel = id;
      changed();
    },
    audioTrack(id) {
      hls.audioTrack = id;
      changed();
    },
    saver(on) {
      hls.autoLevelCapping = on ? 0 : -1;
      hls.config.capLevelToPlayerSize = !on;
      changed();
    },
    live() {
      const details = hls.latestLevelDetails;
      if (!details?.live) return undefined;
      const { seekable } = media;
      const edge = hls.liveSyncPosition ?? details.edge;
      const date = (/** @type {number} */ time) => {
        const at = details.fragments.findLast((/** @type {any} */ { start }) => start <= time) || details.fragments[0];
        return at?.programDateTime ? at.programDateTime + (time - at.start) * 1000 : undefined;
      };
      const start = seekable.length ? seekable.start(0) : details.fragmentStart;
      return { edge, latency: hls.latency || NaN, start, end: details.edge, moved, date };
    },
  };
}

/** @param {any} level @param {number} id @returns {import('../facts/renditions.js').Rendition} */
const renditionOf = ({ width, height, bitrate, videoCodec, audioCodec, name }, id) => ({
  id, width: width || 0, height: height || 0, bitrate, name: name || '',
  codecs: [videoCodec, audioCodec].filter(Boolean).join(),
  audio: !height && !videoCodec && !!audioCodec,
}); // prettier-ignore

/** A header that the server lets pages read. @param {XMLHttpRequest | undefined} request */
function readable(request) {
  // Asking for another origin's hidden header is written to the console as an error.
  return /^retry-after:/im.test(request?.getAllResponseHeaders?.() || '') ? request?.getResponseHeader('retry-after') || '' : '';
}

/**
 * A loader that answers with what has been fetched while the engine came.
 * @param {any} Loader hls.js's own
 * @param {import('./ahead.js').Ahead} ahead
 */
function handing(Loader, ahead) {
  return class extends Loader {
    #gone = false;

    /** @param {any} request @param {any} config @param {any} callbacks */
    async load(request, config, callbacks) {
      const coming = request.rangeEnd ? undefined : ahead.take(request.url);
      const here = coming && (await coming);
      if (this.#gone) return;
      if (!here) {
        super.load(request, config, callbacks);
        return;
      }
      const { stats } = this;
      const size = here.data.length ?? here.data.byteLength;
      Object.assign(stats, { loaded: size, total: size });
      stats.loading = { start: here.start, first: here.first, end: here.end };
      callbacks.onSuccess({ url: here.url, data: here.data, code: 200 }, stats, request, null);
    }

    abort() {
      this.#gone = true;
      super.abort();
    }

    destroy() {
      this.#gone = true;
      super.destroy();
    }
  };
}
