/**
 * What is taken over from others: the engines that play streams, each a chunk of its own, built from its authors' sources
 * without the parts that are never asked for; the licences of all that is in them go into a file beside them.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { minify } from 'terser';
import { SILENT as SILENT_DASH, dash } from './dash.mjs';
import { FULL, LIGHT, SILENT as SILENT_HLS, hls } from './hls.mjs';

const NOTICE = /^(licen[cs]e|copying|notice)/i;
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/**
 * @param {string} root of the project
 * @param {string[]} target the browsers, as esbuild names them
 * @returns {Promise<Record<string, string>>} assets by name; kept beside the packages until these or this folder change
 */
export async function engines(root, target) {
  const here = dirname(fileURLToPath(import.meta.url));
  const made = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).update(String(target));
  for (const name of readdirSync(here).sort()) made.update(readFileSync(join(here, name)));
  const kept = join(root, 'node_modules/.cache', `engines-${made.digest('hex').slice(0, 16)}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'));
  const assets = await build(root, target);
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify(assets));
  renameSync(`${kept}.${process.pid}`, kept);
  return assets;
}

/** @param {string} root @param {string[]} target */
async function build(root, target) {
  const modules = join(root, 'node_modules');
  const packages = new Set(['hls.js', 'dashjs']);
  const make = async (options, silent) => {
    const made = await esbuild.build({
      bundle: true, write: false, format: 'esm', charset: 'utf8', legalComments: 'none', metafile: true, target,
      absWorkingDir: root, logLevel: 'error', ...options,
    }); // prettier-ignore
    for (const path of Object.keys(made.metafile.inputs)) if (PACKAGE.test(path)) packages.add(PACKAGE.exec(path)[1]);
    const compress = { passes: 2, unsafe_arrows: true, keep_fargs: false, pure_funcs: [...silent, 'console.assert'] };
    return (await minify(made.outputFiles[0].text, { ecma: 2020, module: true, compress })).code;
  };
  return {
    'engine-hls-light.js': await make(hls(modules, LIGHT), SILENT_HLS),
    'engine-hls.js': await make(hls(modules, FULL), SILENT_HLS),
    'engine-dash.js': await make(dash(modules), SILENT_DASH),
    'LICENSES.txt': licences(modules, [...packages].sort()),
  };
}

/** The terms of everything that is in the engines, one package after the other. */
function licences(modules, packages) {
  const text = (path) => readFileSync(join(modules, path), 'utf8').trim();
  const terms = packages.filter((name) => existsSync(join(modules, name))).map((name) => {
    const { version, license, author } = JSON.parse(text(`${name}/package.json`));
    const notices = readdirSync(join(modules, name)).filter((file) => NOTICE.test(file)).map((file) => text(`${name}/${file}`));
    const by = notices.length ? '' : `; by ${author?.name || author || 'its contributors'}`;
    return [`${name} ${version}, in part`, `Licence: ${license}${by}`, ...notices].join('\n\n');
  }); // prettier-ignore
  return terms.join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}
