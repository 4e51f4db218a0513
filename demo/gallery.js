// @ts-check
/**
 * The QA pages. What is shown follows from the address:
 *
 *     /demo/                    every state, of video and audio
 *     /demo/?state=failed       one, with its events; also reason= lang= dir= kind= scheme= width= item= live=1
 *     /demo/reasons             every reason code
 *     /demo/languages           every language
 *     /demo/live                the catalogue's items with their real faults
 *     /demo/faults?item=ID      break and mend
 *
 * lang, dir, scheme and width hold on every page.
 */
import { address, config, h, query, repeat } from './dom.js';
import { eventLog, originLog, requestLog } from './logs.js';
import { faultPanel } from './panel.js';
import { held, states } from './states.js';
import { chip, directionOf, player, tile } from './tiles.js';

const SHOWN = { lang: query.lang, dir: query.dir, scheme: query.scheme, width: query.width };
const WIDE = 5000; // ms until we say that the widget is missing

/** @param {string} title @param {string} text */
const head = (title, text) => h('header.head', {}, h('h1', {}, title), h('p', {}, text));

/** A choice that is the address. @param {string} name @param {string[]} values @param {string} [label] @param {(value: string) => string} [say] */
function field(name, values, label = name, say = (value) => value) {
  const select = h('select', { name, onchange: () => location.assign(address({ ...query, [name]: select.value }, location.pathname)) },
    ...['', ...values].map((value) => h('option', { value, selected: value === (query[name] || '') }, value ? say(value) : '–'))); // prettier-ignore
  return h('label.field', {}, h('span', {}, label), select);
}

const tongue = new Intl.DisplayNames('en', { type: 'language' });
const own = (/** @type {string} */ tag) => {
  try {
    return new Intl.DisplayNames(tag, { type: 'language' }).of(tag) || tag;
  } catch {
    return tag;
  }
};

function appearance() {
  return [
    field('lang', config.languages, 'Language', (tag) => `${tag}, ${tongue.of(tag)}`),
    field('dir', ['ltr', 'rtl'], 'Direction'),
    field('scheme', ['light', 'dark'], 'Colours'),
    field('width', ['320', '480', '640', '960'], 'Width', (value) => `${value} px`),
  ];
}

/** @param {HTMLElement} main */
function everyState(main) {
  main.append(head('States', 'Each is held still, whatever is true of the item. The title of a state leads to it alone, with its events.'), h('div.fields', {}, ...appearance()));
  for (const kind of ['video', 'audio']) {
    const grid = h(`div.grid.${kind}`);
    for (const { name, title, note, preview } of states(kind)) {
      const { frame } = player({ ...SHOWN, kind, preview });
      grid.append(tile(title, note, frame, { href: address({ ...query, state: name, kind }), name: `${kind} ${name}` }));
    }
    main.append(h('h2.part', {}, kind === 'video' ? 'Video' : 'Audio'), grid);
  }
}

/** @param {HTMLElement} main */
function oneState(main) {
  const kind = query.kind || config.items.find((/** @type {any} */ { id }) => id === query.item)?.kind || 'video';
  const state = held(query.state || 'idle', kind, query.reason);
  const { frame, player: element } = player({ ...SHOWN, kind, media: query.item, preview: query.live ? undefined : state.preview });
  main.append(
    head(query.live ? 'Live' : state.title, query.live ? 'Nothing is held: this is what a reader sees.' : state.note),
    h('div.fields', {},
      field('state', states(kind).map(({ name }) => name), 'State'),
      field('reason', config.reasons.map((/** @type {any} */ { code }) => code), 'Reason'),
      field('kind', ['video', 'audio'], 'Kind'),
      ...appearance()),
    h('div.alone', {}, tile('', '', frame, { name: 'alone' })),
    h('div.logs', {}, eventLog(element).element, requestLog(), query.live ? originLog() : undefined),
  ); // prettier-ignore
}

const GROUPS = [
  ['unavailable', 'Unavailable', 'The probe found it so. The widget drops the source while the verdict is fresh.'],
  ['widget', 'Found out by the browser', 'What only playing can tell.'],
  ['lifecycle', 'By the item’s own dates', 'The catalogue says so.'],
  ['unknown', 'Unknown', 'An honest answer, which never hides a player; these sentences show when playing fails as well.'],
  ['degraded', 'Degraded', 'It plays, and not as well as it could.'],
];

/** @param {HTMLElement} main */
function everyReason(main) {
  main.append(head('Reasons', 'Every code, in the sentence that a reader gets.'), h('div.fields', {}, field('kind', ['audio', 'video'], 'Kind'), ...appearance()));
  const kind = query.kind || 'audio';
  for (const [state, title, note] of GROUPS) {
    const grid = h(`div.grid.${kind}.wide`);
    for (const { code } of config.reasons.filter((/** @type {any} */ reason) => reason.state === state)) {
      const { frame } = player({ ...SHOWN, kind, preview: { phase: state === 'widget' ? 'failed' : 'unavailable', reason: code } });
      grid.append(tile(code, '', frame, { href: address({ ...query, kind, state: 'unavailable', reason: code }), name: `reason ${code}` }));
    }
    main.append(h('h2.part', {}, title, h('span.note', {}, note)), grid);
  }
}

/** @param {HTMLElement} main */
function everyLanguage(main) {
  main.append(head('Languages', 'Each in its own direction and digits.'), h('div.fields', {}, field('state', states('audio').map(({ name }) => name), 'State'), field('reason', config.reasons.map((/** @type {any} */ { code }) => code), 'Reason'), field('kind', ['audio', 'video'], 'Kind'), ...appearance().slice(1))); // prettier-ignore
  const kind = query.kind || 'audio';
  const { name, preview } = held(query.state || 'unavailable', kind, query.reason || (query.state ? undefined : 'timeout'));
  const grid = h(`div.grid.${kind}.wide`);
  for (const lang of config.languages) {
    const { frame } = player({ ...SHOWN, kind, lang, dir: query.dir || directionOf(lang), preview });
    grid.append(tile(own(lang), `${lang}, ${tongue.of(lang)}`, frame, { href: address({ ...query, kind, state: name, lang }), name: `language ${lang}` }));
  }
  main.append(grid);
}

/** The items by what they are there for. @type {[string, RegExp][]} */
const SHELVES = [
  ['The story', /^river-crossing/],
  ['The first source fails, the next one plays', /^(second-choice|stalls|breaks-off)/],
  ['Streams', /^stream-/],
  ['Plays, with a flaw', /^(slow|no-range|mislabelled)$/],
  ['By its own dates', /^(scheduled|expired|removed)$/],
  ['Dead', /^dead-/],
  ['Unknown, and so never hidden', /./],
];

/** @param {HTMLElement} main */
function everyItem(main) {
  main.append(head('Live items', 'The catalogue, played for real: dead sources are dead, and the verdicts are the monitor’s. A title leads to the item’s fault panel.'), h('div.fields', {}, ...appearance())); // prettier-ignore
  /** @type {Map<string, HTMLElement>} */
  const chips = new Map();
  let left = config.items;
  for (const [title, pattern] of SHELVES) {
    const shelf = left.filter((/** @type {any} */ { id }) => pattern.test(id));
    left = left.filter((/** @type {any} */ item) => !shelf.includes(item));
    const columns = h('div.columns');
    for (const item of shelf) columns.append(liveTile(item, chips));
    if (shelf.length) main.append(h('h2.part', {}, title), columns);
  }
  repeat(2000, async () => {
    const { items = [] } = await (await fetch('/availability?limit=500', { cache: 'no-store' })).json();
    for (const { id, state, reason } of items) {
      const said = chips.get(id);
      if (!said) continue;
      said.dataset.state = state;
      said.textContent = reason && reason !== 'playable' ? `${state}, ${reason}` : state;
      said.dataset.told = '';
    }
    // What is not on offer is not in the list.
    for (const [id, said] of chips) {
      if ('told' in said.dataset) continue;
      const { lifecycle } = await (await fetch(`/availability/${id}`)).json();
      said.dataset.told = '';
      said.textContent = lifecycle;
    }
  });
}

/** @param {any} item @param {Map<string, HTMLElement>} chips */
function liveTile({ id, kind, title, lang }, chips) {
  const { frame } = player({ ...SHOWN, kind, media: id, lang: query.lang || lang || 'en' });
  const said = chip();
  chips.set(id, said);
  return tile(title, id, frame, { href: address({ item: id }, '/demo/faults'), name: `item ${id}`, chip: said });
}

/** @type {Record<string, (main: HTMLElement) => void>} */
const VIEWS = { reasons: everyReason, languages: everyLanguage, live: everyItem, faults: faultPanel };

async function start() {
  const main = /** @type {HTMLElement} */ (document.querySelector('main'));
  const name = location.pathname.split('/').pop() || '';
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('.side nav:first-of-type a'))) {
    if (new URL(link.href).pathname !== location.pathname) continue;
    link.setAttribute('aria-current', 'page');
  }
  // A property set on an element before it is upgraded would hide the accessor of its class.
  const late = setTimeout(() => main.append(h('p.note', {}, 'The widget has not arrived: /embed.js does not answer, or was not built.')), WIDE);
  await customElements.whenDefined('steady-player');
  clearTimeout(late);
  main.replaceChildren();
  if (VIEWS[name]) VIEWS[name](main);
  else if (query.state || query.live || query.item || query.reason) oneState(main);
  else everyState(main);
  document.documentElement.dataset.ready = '';
}

start();
