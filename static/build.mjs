/**
 * Builds the widget: `static/build/embed.js`, the one file of the first load; its chunks and languages under
 * `static/build/assets/<hash>/`; each beside its Brotli and gzip form; and `build.json`, which says what is there.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { minify } from 'terser';
import { engines } from './engines/index.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, 'build');
const TARGET = ['chrome109', 'firefox115', 'safari16.4'];

/** The English words that are part of the first load, because they cannot wait; and those that menus add to them. */
const ENGLISH = {
  'embed.js': [
    'watch', 'play', 'pause', 'wait', 'mute', 'unmute', 'volume', 'seek', 'fullscreen',
    'more', 'none', 'retry', 'video', 'audio',
  ],
  'survive.js': [],
  'more.js': ['exitFullscreen', 'offline', 'position', 'live', 'goLive', 'behind', 'captions', 'off', 'speed', 'download', 'copy', 'copied', 'pip', 'exitPip'],
};

const FILES = readdirSync(join(HERE, 'js/i18n')).flatMap((name) => (/^(?!messages).*\.js$/.test(name) ? name.slice(0, -3) : [])).sort();
/** What is fetched when it is first needed. */
const CHUNKS = ['more.js', 'deadend.js', 'survive.js', 'streams.js', 'settings.js', 'timeline.js', 'captions.js', 'device.js'];
/** Other names that pages give a language by. */
const ALIASES = { zh: 'zh-hans', 'zh-cn': 'zh-hans', 'zh-sg': 'zh-hans', 'zh-tw': 'zh-hant', 'zh-hk': 'zh-hant', 'zh-mo': 'zh-hant', nb: 'no', nn: 'no', iw: 'he', in: 'id' };
const LANGUAGES = [...FILES, ...Object.keys(ALIASES)].sort();

/** Style sheets become strings, minified with the same targets; English is cut down to what the entry needs. */
const inputs = (entry) => ({
  name: 'inputs',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const made = await esbuild.build({ entryPoints: [path], bundle: true, minify: true, write: false, target: TARGET });
      return { contents: made.outputFiles[0].text.trim().replace(/(--[\w-]+): /g, '$1:').replace(/, /g, ','), loader: 'text' };
    });
    build.onLoad({ filter: /i18n\/en\.js$/ }, async ({ path }) => {
      const all = (await import(path)).default;
      return { contents: `export default ${JSON.stringify(Object.fromEntries((ENGLISH[entry] || []).map((key) => [key, all[key]])))}` };
    });
  },
});

/**
 * Members of our own objects, shortened alike in the first load and in what comes later. None of them may be the name of
 * anything of the browser's, of the manifest's, of a message's, or of what a page may use.
 */
const INTERNAL =
  /^(ask|built|busy|canFull|canPlay|changed|complete|context|digits|drag|dropped|element|extras|local|manifest|markup|messages|native|patch|patience|plain|queue|rescue|later|restart|row|say|secure|session|skew|speak|starved|timeline|tried|ui|view|wanted|words)$/;
let mangleCache = {};

const bundle = async (entry, options) => {
  const made = await esbuild.build({
    entryPoints: [join(HERE, 'js', entry)], bundle: true, minify: true, write: false, target: TARGET, charset: 'utf8',
    legalComments: 'none', mangleProps: INTERNAL, mangleCache, ...options,
  });
  mangleCache = made.mangleCache;
  const { code } = await minify(made.outputFiles[0].text, {
    format: entry === 'embed.js' ? { preamble: '//# allFunctionsCalledOnLoad' } : {},
    ecma: 2020, module: options.format === 'esm', compress: { passes: 2, unsafe_arrows: true, sequences: false, keep_fargs: false, evaluate: false },
  });
  return code;
};

/** @param {string} hash the folder that the entry fetches what comes later from */
const bundleEntry = (hash) =>
  bundle('embed.js', { format: 'iife', plugins: [inputs('embed.js')], define: { __BUILD__: JSON.stringify(hash) } });

// Once for the shortest names, which the entry is to have; then the languages and chunks, whose contents name their folder.
await bundleEntry('0'.repeat(8));
const assets = {};
for (const name of CHUNKS) assets[name] = await bundle(name, { format: 'esm', plugins: [inputs(name)] });
for (const folder of ['i18n', 'i18n/settings']) {
  for (const name of LANGUAGES) assets[`${folder}/${name}.js`] = await bundle(`${folder}/${ALIASES[name] || name}.js`, { format: 'esm', mangleProps: undefined });
}
Object.assign(assets, await engines(join(HERE, '..'), TARGET));
const hash = createHash('sha256').update(JSON.stringify(assets)).digest('hex').slice(0, 8);
const embed = await bundleEntry(hash);

// Written beside and moved in whole: nobody is served a half-written build.
const next = `${OUT}.next`;
rmSync(next, { recursive: true, force: true });
const write = (path, text) => {
  const file = join(next, path);
  mkdirSync(dirname(file), { recursive: true });
  const br = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } });
  writeFileSync(file, text);
  writeFileSync(`${file}.br`, br);
  writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
  return { bytes: Buffer.byteLength(text), br: br.length };
};
const sizes = {};
for (const [path, text] of Object.entries(assets)) sizes[path] = write(`assets/${hash}/${path}`, text);
const entry = write('embed.js', embed);
const sri = 'sha384-' + createHash('sha384').update(embed).digest('base64');
const version = createHash('sha256').update(embed).digest('hex').slice(0, 12);
writeFileSync(join(next, 'build.json'), JSON.stringify({ hash, version, embed: { file: 'embed.js', sri, ...entry }, assets: sizes }, null, 1) + '\n');
rmSync(OUT, { recursive: true, force: true });
renameSync(next, OUT);
console.log(`embed.js ${entry.bytes} bytes, ${entry.br} brotli; ${CHUNKS.map((name) => `${name} ${sizes[name].br}`).join(', ')} brotli; ${FILES.length} languages`);
