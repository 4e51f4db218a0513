/**
 * What is taken over from others: the engines that play streams, each a chunk of its own, byte for byte as its authors
 * minified and published it; their licences go into a file beside them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PUBLISHED = {
  'engine-hls-light.js': 'hls.js/dist/hls.light.min.mjs',
  'engine-hls.js': 'hls.js/dist/hls.min.mjs',
  // Without the protocols that the whole of it has besides.
  'engine-dash.js': 'dashjs/dist/modern/esm/dash.mediaplayer.min.js',
};
const NOTICE = /^(licen[cs]e|copying|notice)/i;

/** @param {string} root of the project @returns {Record<string, string>} assets by name */
export function engines(root) {
  const modules = join(root, 'node_modules');
  const text = (path) => readFileSync(join(modules, path), 'utf8');
  const assets = {};
  // Only the map that is not there is not pointed at.
  for (const [name, path] of Object.entries(PUBLISHED)) assets[name] = text(path).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  assets['LICENSES.txt'] = licences(modules, text);
  return assets;
}

/** The terms of everything that is in the engines, one package after the other. */
function licences(modules, text) {
  const about = (name) => JSON.parse(text(`${name}/package.json`));
  const all = new Set();
  const visit = (name) => {
    if (all.has(name) || !existsSync(join(modules, name))) return;
    all.add(name);
    const { dependencies, peerDependencies } = about(name);
    Object.keys({ ...dependencies, ...peerDependencies }).forEach(visit);
  };
  for (const path of Object.values(PUBLISHED)) visit(path.slice(0, path.indexOf('/')));
  const terms = [...all].sort().map((name) => {
    const { version, license, author } = about(name);
    const notices = readdirSync(join(modules, name)).filter((file) => NOTICE.test(file)).map((file) => text(`${name}/${file}`).trim());
    const by = notices.length ? '' : `; by ${author?.name || author || 'its contributors'}`;
    return [`${name} ${version}`, `Licence: ${license}${by}`, ...notices].join('\n\n');
  });
  // What the authors of dash.js had taken over themselves.
  terms.push(`Within dashjs, as published:\n\n${text(`${PUBLISHED['engine-dash.js']}.LICENSE.txt`).trim()}`);
  return terms.join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}
