// @ts-check
/** Why there is nothing to play, and the ways on that work. */
import { button, h, label, set } from '../controls/dom.js';
import { isDead } from '../sources.js';
import { describe } from './describe.js';
import { draw } from './picture.js';
import { TOLD } from './reasons.js';

/** Pictures as the others are: a ring, and in it what calls for attention; and three dots. */
const WARN = 'M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0ZM12 7.8v5M12 16v.2';
const DOTS = 'M5 12h.01M12 12h.01M19 12h.01';

/** @typedef {import('../player.js').SteadyPlayer} Player @typedef {import('../manifest.js').Manifest} Manifest */

/** Whether the server may come to another verdict: not where the item's own time is over. @param {Player} player */
const hopeful = ({ view, session }) =>
  view.phase === 'unavailable' && !!session.url && !/^(expired|removed)$/.test(view.reason || '');

/** Asks again when the server said that it is worth it. @param {Player} player @param {AbortSignal} signal */
export function again(player, signal) {
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    const { session } = player;
    if (!hopeful(player)) return;
    timer = setTimeout(() => player.ask('retry', false), Math.max(5, session.manifest?.retry_after || 60) * 1000);
  };
  player.addEventListener('steady-phase', wait, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  wait();
}

/** @param {Player} player */
export function deadend(player) {
  const message = player.ui.built.message;
  if (!message || message.element.hidden) return;
  const { session, view, words } = player;
  const { manifest } = session;
  const { t, tag } = words;
  const again = hopeful(player) || view.reason === 'offline' || !!(/** @type {any} */ (player).survive?.hopeful());
  const said = [sentence(view.reason, manifest, words), again && t('again')].filter(Boolean).join(' ');
  const key = said + view.reason + tag + JSON.stringify(manifest?.sources);
  if (message.key === key) return;
  message.key = key;
  if (!words.messages.reasons) words.complete().then(() => player.changed());

  const { element, why, retry } = message;
  retry.classList.add('action');
  why.textContent = said;
  why.title = said;
  const actions = h('div', 'actions');
  const anyway = view.phase === 'unavailable' && session.dropped.some((source) => source.anyway);
  if (anyway) actions.append(button('action', () => disbelieve(session), t('anyway')));
  for (const source of manifest?.sources || []) {
    const known = !isDead(source, Date.now() + (manifest?.skew || 0)) && /^(avail|degr)/.test(source.state || '');
    if (known) actions.append(link(source.src, describe(source, tag), 'download'));
  }
  if (manifest?.transcript) actions.append(link(manifest.transcript, t('transcript'), ''));
  const code = h('span', 'code', `${view.reason} · ${reference(session.url || session.queue[0]?.src || '')}`);
  if (view.kind === 'video') {
    actions.prepend(retry);
    element.replaceChildren(element.querySelector('.text'), code, actions);
    return;
  }
  // 54 px hold what and why and the retry; the rest unfolds when asked for, so that nothing moves by itself.
  const unfold = button('unfold', () => {
    const open = player.ui.element.toggleAttribute('data-unfolded');
    set(unfold, 'aria-expanded', open);
  }, draw(DOTS)); // prettier-ignore
  label(unfold, t('more'));
  set(unfold, 'aria-expanded', player.ui.element.hasAttribute('data-unfolded'));
  actions.append(code);
  element.replaceChildren(draw(WARN), element.querySelector('.text'), retry, unfold, actions);
}

/** The reader does not believe the verdict. @param {Player['session']} session */
function disbelieve(session) {
  session.wanted = true;
  session.queue = session.dropped.filter((source) => source.anyway);
  session.send('anyway');
}

/** @param {string} href @param {string} text @param {'download' | ''} save */
function link(href, text, save) {
  const anchor = /** @type {HTMLAnchorElement} */ (h('a', 'action', text));
  anchor.href = href;
  if (save) anchor.download = '';
  else anchor.target = '_blank';
  return anchor;
}

/** The reason in words. @param {string | null} reason @param {Manifest | null | undefined} manifest @param {Player['words']} words */
function sentence(reason, manifest, { messages, tag }) {
  const starts = Date.parse(manifest?.starts_at || '');
  if (reason === 'scheduled' && starts) {
    const time = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }).format(starts);
    return (messages.scheduled || '').replace('{time}', time);
  }
  const { offline, expired, removed, reasons } = messages;
  const said = /** @type {Record<string, string | undefined>} */ ({ ...reasons, offline, expired, removed });
  return said[TOLD[reason || ''] ?? reason ?? ''] ?? '';
}

/** Four hex digits that tell one item from another in a reader's report. @param {string} text */
function reference(text) {
  let sum = 0x811c;
  for (const char of text) sum = ((sum ^ char.charCodeAt(0)) * 0x0193) & 0xffff;
  return sum.toString(16).toUpperCase().padStart(4, '0');
}
