// @ts-check
/** The menu: a disclosure with native radios, so that every screen reader knows what it is. */
import { button, h, icon, label, set } from '../controls/dom.js';
import { describe } from './describe.js';
import { ICONS } from './icons.js';

/** @typedef {import('../player.js').SteadyPlayer} Player */

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** @param {keyof typeof ICONS} name */
function picture(name) {
  const svg = icon('more');
  svg.firstElementChild?.setAttribute('d', ICONS[name]);
  return svg;
}

/** Captions on or off: the track of the page's language where there is one. @param {Player} player */
export function toggleCaptions(player) {
  const { words } = player;
  /** @type {TextTrack[]} */
  const tracks = player.more.tracks();
  const on = tracks.some((track) => track.mode === 'showing');
  const own = tracks.find((track) => words.tag.startsWith(track.language.split('-')[0])) || tracks[0];
  player.ask('track', on ? undefined : own);
}

/** @typedef {[name: string, on: boolean, pick: () => void]} Option */

/** Native radios, one a line or as chips. @param {string} legend @param {'option' | 'chip'} part @param {Option[]} options */
function choice(legend, part, options) {
  const group = `g${Math.random()}`;
  return h('fieldset', '', h('legend', '', legend), h('div', part + 's', ...options.map(([name, on, pick]) => {
    const radio = /** @type {HTMLInputElement} */ (h('input'));
    radio.type = 'radio';
    radio.name = group;
    radio.checked = on;
    radio.onchange = pick;
    return h('label', part, radio, name);
  }))); // prettier-ignore
}

/** Opens the menu, or closes it. @param {Player} player @param {AbortSignal} signal */
export function toggleMenu(player, signal) {
  const { ui, native, words, session } = player;
  const opener = /** @type {HTMLElement} */ (ui.element.querySelector('.more'));
  const open = ui.element.querySelector('.menu');
  if (open) return /** @type {any} */ (open).close();
  const { t, tag } = words;
  const number = new Intl.NumberFormat(tag);
  const menu = h('div', 'menu');
  const shut = new AbortController();
  const leave = () => {
    shut.abort();
    menu.remove();
    set(opener, 'aria-expanded', false);
  };
  const close = () => {
    leave();
    opener.focus();
  };
  /** @param {keyof typeof ICONS} name @param {string} text @param {() => void} act */
  const item = (name, text, act) => button('item', act, picture(name), text);

  /** @type {TextTrack[]} */
  const tracks = player.more.tracks();
  const names = new Intl.DisplayNames(tag, { type: 'language', fallback: 'code' });
  const nameOf = (/** @type {TextTrack} */ track) => track.label || (track.language && names.of(track.language)) || t('captions');
  if (tracks.length) {
    menu.append(choice(t('captions'), 'option', [
      [t('off'), !tracks.some(({ mode }) => mode === 'showing'), () => player.ask('track')],
      .../** @type {Option[]} */ (tracks.map((track) => [nameOf(track), track.mode === 'showing', () => player.ask('track', track)])),
    ])); // prettier-ignore
  }
  menu.append(choice(t('speed'), 'chip', RATES.map((rate) => [
    `${number.format(rate)}×`, native.playbackRate === rate, () => player.ask('rate', rate),
  ]))); // prettier-ignore
  if (native.localName === 'video' && document.pictureInPictureEnabled) {
    const inside = document.pictureInPictureElement === native;
    menu.append(item('pip', t(inside ? 'exitPip' : 'pip'), () => {
      player.ask('pip');
      close();
    })); // prettier-ignore
  }
  const source = session.queue[0] || session.manifest?.sources[0] || session.markup()[0];
  if (source) {
    const save = /** @type {HTMLAnchorElement} */ (h('a', 'item', picture('download'), `${t('download')} · ${describe(source, tag)}`));
    save.href = source.src;
    save.download = '';
    save.target = '_blank';
    menu.append(save);
  }
  const copy = item('link', t('copy'), () => {
    const at = new URL(location.href);
    at.hash = `t=${Math.floor(native.currentTime)}`;
    navigator.clipboard?.writeText(at.href).then(() => copy.replaceChildren(picture('link'), t('copied')), () => {});
  }); // prettier-ignore
  if (navigator.clipboard) menu.append(copy);

  /** @type {any} */ (menu).close = close;
  const outside = (/** @type {Event} */ event) => {
    if (!event.composedPath().some((node) => node === menu || node === opener)) leave();
  };
  set(menu, 'role', 'group');
  set(menu, 'aria-label', t('more'));
  menu.onkeydown = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  };
  document.addEventListener('pointerdown', outside, { signal: shut.signal });
  signal.addEventListener('abort', () => shut.abort(), { signal: shut.signal });
  set(opener, 'aria-expanded', true);
  opener.closest('.row')?.after(menu);
  // Upwards, unless there is no room.
  menu.toggleAttribute('data-down', native.localName === 'audio' && menu.getBoundingClientRect().top < 0);
  /** @type {HTMLElement | null} */ (menu.querySelector('input:checked, button, a'))?.focus();
}

/** The buttons that the row has room for beside the menu. @param {Player} player */
export function quick(player) {
  const bar = player.ui.built.bar;
  if (!bar || bar.quick || player.native.localName !== 'video') return;
  const { t } = player.words;
  const captions = button('quick', () => toggleCaptions(player), picture('captions'));
  label(captions, t('captions'));
  bar.quick = {
    patch() {
      /** @type {TextTrack[]} */
      const tracks = player.more.tracks();
      if (!tracks.length) captions.remove();
      else if (!captions.isConnected) bar.row.querySelector('.more').before(captions);
      set(captions, 'aria-pressed', tracks.some(({ mode }) => mode === 'showing'));
    },
  };
  for (const event of ['change', 'addtrack']) player.native.textTracks.addEventListener(event, bar.quick.patch);
  bar.quick.patch();
}
