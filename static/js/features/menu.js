// @ts-check
/** The menu: captions, quality, sound, chapters, speed; and what else can be done with what is played. */
import { button, h, set } from '../controls/dom.js';
import { choice, picture, section } from './choice.js';
import { describe } from './describe.js';
import { lift } from './lift.js';
import { quality, sound } from './quality.js';
import { chooseTrack } from './recall.js';
import { styling } from './styling.js';

/** @typedef {import('../player.js').SteadyPlayer} Player @typedef {import('./wording.js').Say} Say */

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** @param {Player} player */
function captions(player) {
  const { t, tag } = player.words;
  /** @type {TextTrack[]} */
  const tracks = player.more.tracks();
  const shown = player.more.shown();
  // A recording has no place to show them in.
  if (!tracks.length || player.native.localName === 'audio') return;
  const names = new Intl.DisplayNames(tag, { type: 'language', fallback: 'code' });
  const nameOf = (/** @type {TextTrack} */ track) => track.label || (track.language && names.of(track.language)) || t('captions');
  return choice(t('captions'), 'option', [
    { name: t('off'), on: !shown, pick: () => chooseTrack(player, undefined) },
    ...tracks.map((track) => ({ name: nameOf(track), on: track === shown, pick: () => chooseTrack(player, track) })),
  ]);
}

/** @param {Player} player @param {Say} say */
function chapters(player, say) {
  /** @type {{start: number, end: number, title: string}[]} */
  const list = player.more.chapters || [];
  if (!list.length) return;
  const { time } = player.ui.context;
  const at = () => list.findLast(({ start }) => start <= player.native.currentTime + 0.01) || list[0];
  return section(say('chapters'), () => at().title, () => {
    const now = at();
    const options = list.map((one) => ({ name: one.title, on: one === now, pick: () => player.ask('seek', one.start), note: time(one.start, player.view.duration) }));
    return [choice(say('chapters'), 'option', options)];
  }); // prettier-ignore
}

/** @param {Player} player */
function speed(player) {
  const { words, native } = player;
  const number = new Intl.NumberFormat(words.tag);
  return choice(words.t('speed'), 'chip', RATES.map((rate) => ({
    name: `${number.format(rate)}×`, on: native.playbackRate === rate, pick: () => player.ask('rate', rate),
  }))); // prettier-ignore
}

/** What is done at once. @param {Player} player @param {Say} say @param {() => void} close */
function actions(player, say, close) {
  const { native, words, session } = player;
  const { t, tag } = words;
  /** @param {import('./icons.js').Name} name @param {string} text @param {string} what */
  const item = (name, text, what) => button('item', () => {
    player.ask(what);
    close();
  }, picture(name), text); // prettier-ignore
  const made = [];
  if (native.localName === 'video' && document.pictureInPictureEnabled) {
    made.push(item('pip', t(document.pictureInPictureElement === native ? 'exitPip' : 'pip'), 'pip'));
  }
  if (player.more.remote) made.push(item('remote', say('remote'), 'remote'));
  const source = session.queue[0] || session.manifest?.sources[0] || session.markup()[0];
  if (source) {
    const save = /** @type {HTMLAnchorElement} */ (h('a', 'item', picture('download'), `${t('download')} · ${describe(source, tag)}`));
    save.href = source.src;
    save.download = '';
    save.target = '_blank';
    made.push(save);
  }
  const copy = button('item', () => {
    const at = new URL(location.href);
    at.hash = `t=${Math.floor(native.currentTime)}`;
    navigator.clipboard?.writeText(at.href).then(() => copy.replaceChildren(picture('link'), t('copied')), () => {});
  }, picture('link'), t('copy')); // prettier-ignore
  if (navigator.clipboard) made.push(copy);
  return made;
}

/** Opens the menu, or closes it. @param {Player} player @param {AbortSignal} signal @param {Say} say */
export function toggleMenu(player, signal, say) {
  const { ui, native, words } = player;
  const opener = /** @type {HTMLElement | null} */ (ui.element.querySelector('.more'));
  const open = ui.element.querySelector('.menu');
  if (open) return /** @type {any} */ (open).close();
  if (!opener) return;
  const menu = h('div', 'menu');
  const shut = new AbortController();
  const leave = () => {
    shut.abort();
    player.more.watch = undefined;
    menu.remove();
    set(opener, 'aria-expanded', false);
  };
  const close = () => {
    leave();
    opener.focus();
  };
  const shown = captions(player);
  const sections = [shown && styling(player, say), quality(player, say), sound(player, say), chapters(player, say)].filter((one) => !!one);
  menu.append(...(shown ? [shown] : []), ...sections.map(({ element }) => element), speed(player), ...actions(player, say, close));

  player.more.watch = () => sections.forEach(({ look }) => look());
  /** @type {any} */ (menu).close = close;
  const outside = (/** @type {Event} */ event) => {
    if (!event.composedPath().some((node) => node === menu || node === opener)) leave();
  };
  set(menu, 'role', 'group');
  set(menu, 'aria-label', words.t('more'));
  menu.onkeydown = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    // One step back at a time.
    const inside = sections.find(({ element }) => element.hasAttribute('data-open'));
    if (inside) inside.shut();
    else close();
  };
  document.addEventListener('pointerdown', outside, { signal: shut.signal });
  signal.addEventListener('abort', () => shut.abort(), { signal: shut.signal });
  set(opener, 'aria-expanded', true);
  opener.closest('.row')?.after(menu);
  // Upwards, unless there is no room.
  menu.toggleAttribute('data-down', native.localName === 'audio' && menu.getBoundingClientRect().top < 0);
  lift(menu, opener, leave, shut.signal);
  /** @type {HTMLElement | null} */ (menu.querySelector('input:checked, button, a'))?.focus();
}
