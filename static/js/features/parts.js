// @ts-check
/** Chunks of their own, each fetched when it is first needed, and put to work once for a player. */
import { load } from '../beside.js';
import { kept } from './kept.js';

/** @typedef {import('../player.js').SteadyPlayer} Player @typedef {'settings' | 'timeline' | 'captions' | 'device'} Part */

/** @param {Player} player @param {AbortSignal} signal */
export function parts(player, signal) {
  /** @type {Partial<Record<Part, Promise<any>>>} */
  const asked = {};
  /** @param {Part} name @returns {Promise<any>} what it does for this player; undefined where it cannot be had */
  return (name) =>
    (asked[name] ??= load(name + '.js').then(
      (module) => (signal.aborted ? undefined : module.default(player, signal)),
      () => {
        delete asked[name];
      },
    ));
}

/** Kinds of track that the timeline shows. */
const TIMED = /^(chapters|thumbnails|waveform)$/;

/** Fetches what this item and this reader need. @param {Player} player @param {AbortSignal} signal */
export function fetchParts(player, signal) {
  const { native } = player;
  const part = (/** @type {Part} */ name) => player.more?.part(name);
  native.addEventListener('play', () => part('device'), { signal, once: true });
  if (!native.paused) queueMicrotask(() => part('device'));
  // The reader's own style is kept, and there is something to draw in it.
  const styled = () => kept().style && player.more?.shown() && part('captions');
  native.textTracks.addEventListener('change', styled, { signal });
  queueMicrotask(styled);
  // A hand on its way to the menu: the chunk is there when it arrives.
  const near = (/** @type {Event} */ event) =>
    /** @type {Element} */ (event.composedPath()[0]).closest?.('.more') && load('settings.js').catch(() => {});
  for (const event of ['pointerover', 'focusin']) player.addEventListener(event, near, { signal, passive: true });
}

/** The timeline of an item that has chapters, thumbnails or a waveform; as soon as that is known. @param {Player} player */
export function timed(player) {
  const { tracks = [] } = player.session.manifest || {};
  if (player.more && (tracks.some(({ kind }) => TIMED.test(kind || '')) || player.native.querySelector('[kind=chapters]'))) {
    player.more.part('timeline').then((/** @type {any} */ timeline) => timeline?.patch());
  }
}
