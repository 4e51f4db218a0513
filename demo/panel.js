// @ts-check
/** The fault panel: break a source, mend it, and watch the player and the endpoint answer. */
import { address, config, h, query, repeat } from './dom.js';
import { eventLog, originLog, requestLog, short } from './logs.js';
import { chip, player } from './tiles.js';

/** What a button does to a file: the fault's name at the origin, what it is called, what it is. */
const FAULTS = [
  ['404', '404', 'The file is gone.'],
  ['stall=0', 'Stall', 'The body stops and the connection stays open.'],
  ['cut=0', 'Cut', 'The body breaks off.'],
  ['wrong-type', 'Wrong type', 'A picture under the same address.'],
  ['html', 'Web page', 'A sign-in page under the same address.'],
  ['slow=20000', 'Trickle', '20 kB a second: enough to play, and something is left to break.'],
  ['slow=3000', 'Slow', '3 kB a second: not enough to play.'],
  ['tarpit', 'Silence', 'Connections are accepted and never answered.'],
  ['500', '500', 'The server fails.'],
  ['no-range', 'No range', 'Range is ignored.'],
];
const REFUSED = 20; // seconds

/** @param {string | null} path @param {string | null} fault */
async function setFault(path, fault) {
  const body = JSON.stringify(path === null ? { fault } : { path, fault });
  await fetch(`${config.media}/!fault`, { method: 'POST', body });
}

/** @param {HTMLElement} main */
export function faultPanel(main) {
  const wanted = config.items.find((/** @type {any} */ item) => item.id === query.item) || config.items[0];
  const { frame, player: element } = player({ kind: wanted.kind, media: wanted.id, lang: query.lang || wanted.lang || 'en', scheme: query.scheme });
  const events = eventLog(element);
  /** The addresses of this item's sources, at the origin. @type {Set<string>} */
  const paths = new Set();
  const verdict = h('div.verdict');
  const sources = h('ul.sources');
  const choice = h('select', { onchange: () => location.assign(address({ ...query, item: choice.value }, '/demo/faults')) },
    ...config.items.map((/** @type {any} */ { id, title }) => h('option', { value: id, selected: id === wanted.id }, `${id}: ${title}`))); // prettier-ignore

  main.append(
    h('header.head', {}, h('h1', {}, 'Fault panel'), h('p', {}, 'Break a source while it plays or before, and watch what the reader sees, what the endpoint says, and how long both take. Files as small as these arrive at once: let them trickle before you press play, and there is something left to break.')),
    h('div.bench', {},
      h('div.left', {}, h('label.field', {}, h('span', {}, 'Item'), choice), frame, events.element),
      h('div.right', {},
        h('section.card', {}, h('h2', {}, 'Endpoint'), verdict,
          h('div.buttons', {},
            h('button', { onclick: () => fetch(`/demo/probe/${wanted.id}`, { method: 'POST' }) }, 'Probe now'),
            h('a.button', { href: `/availability/${wanted.id}` }, 'JSON'),
            h('a.button', { href: `/media/${wanted.id}` }, 'Manifest'))),
        h('section.card', {}, h('h2', {}, 'Sources'), sources,
          h('div.buttons', {},
            h('button', { onclick: () => setFault(null, `refuse=${REFUSED}`), title: 'The port is closed: connections are refused.' }, `Refuse everything for ${REFUSED} s`),
            h('button', { onclick: () => setFault(null, null) }, 'Mend everything'))),
        originLog((path) => paths.has(path)), requestLog())),
  ); // prettier-ignore

  let before = '';
  repeat(500, async () => {
    const [answer, faults] = await Promise.all([
      fetch(`/availability/${wanted.id}`, { cache: 'no-store' }),
      fetch(`${config.media}/!faults`).then((found) => found.json(), () => ({ faults: {} })),
    ]); // prettier-ignore
    const found = await answer.json();
    const said = `${found.state ?? answer.status}${found.reason ? `, ${found.reason}` : ''}`;
    if (said !== before) {
      if (before) events.add('endpoint', said, 'endpoint');
      before = said;
    }
    const checked = found.checked_at ? `checked ${Math.max(0, Math.round((Date.now() - Date.parse(found.checked_at)) / 1000))} s ago` : 'not checked yet';
    verdict.replaceChildren(
      chip(found.state || 'unknown'), h('b', {}, found.reason || found.title || ''), h('span.note', {}, `HTTP ${answer.status}, ${found.status || ''} ${checked}`)); // prettier-ignore
    for (const { src } of found.sources || []) paths.add(short(src));
    show(sources, found.sources || [], faults.faults);
  });
}

/**
 * The rows are made once, so that a button stays under the finger.
 *
 * @param {HTMLElement} box @param {any[]} sources @param {Record<string, string>} faults
 */
function show(box, sources, faults) {
  for (const source of sources) {
    const id = `source ${source.src}`;
    const row = /** @type {any} */ (Array.from(box.children).find((child) => child.id === id) || make(box, source.src, id));
    const set = faults[row.path] || '';
    row.querySelector('.verdict').replaceChildren(chip(source.state), h('b', {}, source.reason || ''), h('span.note', {}, set ? `broken: ${set}` : ''));
    for (const button of row.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.value === set && set !== ''));
  }
}

/** @param {HTMLElement} box @param {string} src @param {string} id */
function make(box, src, id) {
  const path = src.startsWith(`${config.media}/`) ? decodeURIComponent(src.slice(config.media.length + 1)) : '';
  const fixed = !path || path.startsWith('~');
  const row = h('li', { id }, h('code', {}, short(src)), h('div.verdict'));
  row.path = path;
  if (fixed) row.append(h('p.note', {}, 'Broken by its address; there is nothing to switch.'));
  else {
    row.append(h('div.buttons', {},
      ...FAULTS.map(([fault, name, title]) => h('button', { value: fault, title, 'aria-pressed': 'false', onclick: () => setFault(path, fault) }, name)),
      h('button.mend', { onclick: () => setFault(path, null) }, 'Mend'))); // prettier-ignore
  }
  box.append(row);
  return row;
}
