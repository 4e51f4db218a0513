// @ts-check
/** What happened: the player's events, the page's requests, what the media origin saw, what the endpoint said. */
import { config, h, repeat } from './dom.js';

const LONGEST = 400;
const EVENTS =
  'loadstart loadedmetadata durationchange canplay play playing pause waiting stalled suspend emptied seeking seeked ratechange volumechange ended error abort';

/** A list that grows at its end and follows it, unless somebody is reading further up. @param {string} title */
function list(title) {
  const body = h('ol', { tabindex: 0, 'aria-label': title });
  const element = h('section.log', {}, h('h2', {}, title), body);
  /** @param {string} name @param {string} text @param {string} [mark] */
  const add = (name, text, mark) => {
    const following = body.scrollHeight - body.scrollTop - body.clientHeight < 8;
    body.append(h('li', { 'data-mark': mark }, h('time', {}, (performance.now() / 1000).toFixed(2)), h('b', {}, name), h('span', {}, text)));
    while (body.childElementCount > LONGEST) body.firstElementChild?.remove();
    if (following) body.scrollTop = body.scrollHeight;
  };
  return { element, add };
}

/** The player's own events and the media element's. @param {any} player */
export function eventLog(player) {
  const { element, add } = list('Events');
  const where = () => (player.currentTime > 0 ? `at ${player.currentTime.toFixed(2)} s` : '');
  player.addEventListener('steady-phase', (/** @type {any} */ { detail }) =>
    add('steady-phase', `${detail.phase}${detail.reason ? `, ${detail.reason}` : ''} ${where()}`, 'own'),
  );
  player.addEventListener('steady-source', (/** @type {any} */ { detail }) => add('steady-source', `${short(detail.src)} ${where()}`, 'own'));
  for (const name of EVENTS.split(' ')) {
    player.addEventListener(name, () => add(name, `${where()}${name === 'error' ? ` ${player.error?.message || ''}` : ''}`, name === 'error' ? 'bad' : ''));
  }
  return { element, add };
}

/** The page's own requests, as the browser timed them. */
export function requestLog() {
  const { element, add } = list('Requests of this page');
  new PerformanceObserver((entries) => {
    for (const entry of /** @type {PerformanceResourceTiming[]} */ (entries.getEntries())) {
      if (/\/!|\/availability|\/demo\//.test(entry.name)) continue; // our own questions
      add(short(entry.name), `${entry.responseStatus || '–'}  ${Math.round(entry.duration)} ms  ${entry.transferSize} B`, entry.responseStatus >= 400 ? 'bad' : '');
    }
  }).observe({ type: 'resource', buffered: true });
  return element;
}

/** What the media origin was asked for, by whomever: probes too. @param {(path: string) => boolean} [wanted] */
export function originLog(wanted = () => true) {
  const { element, add } = list('The media origin was asked for');
  let seen = -1;
  /** @type {Map<number, any>} answers under way */
  const open = new Map();
  const told = (/** @type {any} */ entry) =>
    add(entry.path, `${entry.status ?? '–'}  ${entry.range || 'all'}  ${entry.sent} B${entry.fault ? `  ${entry.fault}` : ''}`, entry.fault || entry.status >= 400 ? 'bad' : '');
  repeat(1000, async () => {
    const answer = await fetch(`${config.media}/!log`);
    const requests = (await answer.json()).requests.filter((/** @type {any} */ { path }) => wanted(path));
    const first = seen < 0;
    for (const entry of requests) {
      if (entry.n > seen) {
        seen = entry.n;
        if (!first || entry === requests.at(-1)) told(entry);
        if (entry.status === null) open.set(entry.n, entry);
      } else if (open.has(entry.n) && entry.status !== null) {
        open.delete(entry.n);
        told(entry);
      }
    }
  });
  return element;
}

/** @param {string} url */
export const short = (url) => (url || '').replace(config.media, '').replace(location.origin, '') || '–';
