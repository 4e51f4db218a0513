// @ts-check
/** The buttons that the row has room for beside the menu. */
import { button, label, set } from '../controls/dom.js';
import { draw } from './picture.js';
import { chooseTrack } from './recall.js';

const CAPTIONS = 'M5 5.5h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2ZM10 10.6a2 2 0 1 0 0 2.8M16.5 10.6a2 2 0 1 0 0 2.8';

/** @typedef {import('../player.js').SteadyPlayer} Player */

/** Captions on or off: the track of the page's language where there is one. @param {Player} player */
export function toggleCaptions(player) {
  const { words, more } = player;
  /** @type {TextTrack[]} */
  const tracks = more.tracks();
  const own = tracks.find((track) => words.tag.startsWith(track.language.split('-')[0])) || tracks[0];
  chooseTrack(player, more.shown() ? undefined : own);
}

/** @param {Player} player */
export function quick(player) {
  const bar = player.ui.built.bar;
  if (!bar || bar.quick || player.native.localName !== 'video') return;
  const { t } = player.words;
  const captions = button('quick', () => toggleCaptions(player), draw(CAPTIONS));
  label(captions, t('captions'));
  bar.quick = {
    patch() {
      if (!player.more?.tracks().length) captions.remove();
      else if (!captions.isConnected) bar.row.querySelector('.more').before(captions);
      set(captions, 'aria-pressed', !!player.more?.shown());
    },
  };
  for (const event of ['change', 'addtrack']) player.native.textTracks.addEventListener(event, bar.quick.patch);
  bar.quick.patch();
}
