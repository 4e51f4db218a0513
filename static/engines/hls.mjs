/**
 * hls.js from its own sources, as its package carries them, with what is never asked for here left out: keys that only a
 * system has, CMCD, interstitials, I-frame playlists, content steering, and what would be logged. The light build is
 * without alternate audio, text, variables and rare codecs in transport streams besides.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The switches of hls.js's build (its src/define-plugin.d.ts), and the modules that stand behind each. */
const PARTS = {
  ALT_AUDIO: ['controller/audio-track-controller', 'controller/audio-stream-controller'],
  SUBTITLES: ['utils/cues', 'controller/timeline-controller', 'controller/subtitle-track-controller', 'controller/subtitle-stream-controller'],
  VARIABLE_SUBSTITUTION: ['utils/variable-substitution'],
  M2TS_ADVANCED_CODECS: ['demux/video/hevc-video-parser', 'demux/audio/ac3-demuxer'],
  EME_DRM: ['controller/eme-controller', 'utils/mediakeys-helper'],
  CMCD: ['controller/cmcd-controller'],
  CONTENT_STEERING: ['controller/content-steering-controller'],
  INTERSTITIALS: ['controller/interstitials-controller'],
  IFRAMES: ['controller/iframe-controller'],
  MEDIA_CAPABILITIES: [],
};
export const FULL = ['ALT_AUDIO', 'SUBTITLES', 'VARIABLE_SUBSTITUTION', 'M2TS_ADVANCED_CODECS'];
export const LIGHT = [];

/** Calls that do nothing while nothing is to be logged. */
export const SILENT = ['log', 'warn', 'debug', 'trace'].flatMap((how) => [`this.${how}`, `this.logger.${how}`, `this.hls.logger.${how}`]);

/** @param {string} modules `node_modules/` @param {string[]} parts of PARTS @returns {import('esbuild').BuildOptions} */
export function hls(modules, parts) {
  const sources = join(modules, 'hls.js/src');
  const { version } = JSON.parse(readFileSync(join(modules, 'hls.js/package.json'), 'utf8'));
  const switches = Object.keys(PARTS).map((name) => [`__USE_${name}__`, String(parts.includes(name))]);
  const left = Object.entries(PARTS).flatMap(([name, files]) => (parts.includes(name) ? [] : files.map((file) => join(sources, file))));
  const gone = new Set(left);
  return {
    entryPoints: [join(sources, 'exports-default.ts')],
    // Fields without a value are types alone, as hls.js's own compiler has it: they must not undo what a base class set.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    define: {
      ...Object.fromEntries(switches), __VERSION__: JSON.stringify(version), __IN_WORKER__: 'false', __HLS_WORKER_BUNDLE__: 'undefined',
    },
    plugins: [{
      name: 'parts',
      setup(build) {
        build.onResolve({ filter: /^\./ }, ({ importer, path }) => {
          const file = resolve(dirname(importer), path);
          return gone.has(file) ? { path: file, namespace: 'gone' } : undefined;
        });
        build.onLoad({ filter: /./, namespace: 'gone' }, () => ({ contents: 'module.exports = {}' }));
      },
    }],
  }; // prettier-ignore
}
