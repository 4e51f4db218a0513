/**
 * dash.js from its own sources, which its package carries in the source map of what it publishes, with what is never
 * asked for here left out: TTML (it would want an element of its own beside the picture), rules for switching that are
 * off, and what would be logged.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const PUBLISHED = 'dashjs/dist/modern/esm/dash.mediaplayer.min.js.map';
const ENTRY = 'index_mediaplayerOnly.js';
const OURS = /^webpack:\/\/dashjs\/\.\/((?:src|externals|index_).*)$/;

/** Left out, and what stands there instead: nothing, or a factory of nothing. */
const NOTHING = 'module.exports = {}';
const FACTORY = 'const make = () => ({ create: () => ({}) }); export default make';
const GONE = [
  [/^imsc$/, NOTHING],
  [/^(stream|path|string_decoder|buffer|events)$/, NOTHING],
  [/^src\/streaming\/rules\/abr\/(L2ARule|lolp\/)/, FACTORY],
];

/** Calls that do nothing while nothing is to be logged. */
export const SILENT = ['logger.debug', 'logger.info', 'logger.warn'];

/** @param {string} modules `node_modules/` @returns {import('esbuild').BuildOptions} */
export function dash(modules) {
  const map = JSON.parse(readFileSync(join(modules, PUBLISHED), 'utf8'));
  const files = new Map(map.sources.flatMap((name, at) => (OURS.test(name) ? [[OURS.exec(name)[1], map.sourcesContent[at]]] : [])));
  const instead = (path) => GONE.find(([name]) => name.test(path))?.[1];
  return {
    entryPoints: [ENTRY],
    plugins: [{
      name: 'sources',
      setup(build) {
        build.onResolve({ filter: /./ }, ({ importer, kind, namespace, path }) => {
          if (kind === 'entry-point') return { path, namespace: 'dash' };
          if (namespace !== 'dash') return instead(path) ? { path, namespace: 'gone' } : undefined;
          const file = path.startsWith('.') ? posix.join(posix.dirname(importer), path) : path;
          if (instead(file)) return { path: file, namespace: 'gone' };
          if (file === path) return undefined;
          if (!files.has(file)) return { errors: [{ text: `${file} is not in the source map of dashjs` }] };
          return { path: file, namespace: 'dash', sideEffects: false };
        });
        build.onLoad({ filter: /./, namespace: 'dash' }, ({ path }) => ({ contents: files.get(path), resolveDir: join(modules, 'dashjs') }));
        build.onLoad({ filter: /./, namespace: 'gone' }, ({ path }) => ({ contents: instead(path) }));
      },
    }],
  }; // prettier-ignore
}
