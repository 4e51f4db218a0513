// @ts-check
/** Chunks of their own, each fetched when it is first needed, and put to work once for a player. */
import { load } from '../beside.js';
import { isStream, typeOf } from '../sources.js';
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
  // Not in the way of what is to be played.
  native.addEventListener('playing', () => part('device'), { signal, once: true });
  if (!native.paused && native.readyState > 2) queueMicrotask(() => part('device'));
  // The reader's own style is kept, and there is something to draw in it.
  const styled = () => kept().style && player.more?.shown() && part('captions');
  native.textTracks.addEventListener('change', styled, { signal });
  queueMicrotask(styled);
  // A hand on its way to the menu: the chunk is there when it arrives.
  const near = (/** @type {Event} */ event) =>
    /** @type {Element} */ (event.composedPath()[0]).closest?.('.more') && load('settings.js').catch(() => {});
  for (const event of ['pointerover', 'focusin']) player.addEventListener(event, near, { signal, passive: true });
  // A finger that is down on play: what plays a stream is asked for before it is lifted.
  const down = (/** @type {Event} */ event) => {
    if (/** @type {Element} */ (event.composedPath()[0]).closest?.('.play,.pill')) for (const name of engine(player)) load(name).catch(() => {});
  };
  player.addEventListener('pointerdown', down, { signal, passive: true });
}

/** The chunks that will play the first source, where the browser does not by itself. @param {Player} player @returns {string[]} */
function engine({ native, phase, session }) {
  const [source] = (session.manifest?.sources || session.markup()).filter(({ state }) => state !== 'unavailable');
  const needed = phase === 'idle' && source && isStream(source) && (source.engine || !native.canPlayType(typeOf(source)));
  return needed ? ['streams.js', ...(source.by ? [source.by] : [])] : [];
}

/** The timeline of an item that has chapters, thumbnails or a waveform; as soon as that is known. @param {Player} player */
export function timed(player) {
  const { tracks = [] } = player.session.manifest || {};
  if (player.more && (tracks.some(({ kind }) => TIMED.test(kind || '')) || player.native.querySelector('[kind=chapters]'))) {
    player.more.part('timeline').then((/** @type {any} */ timeline) => timeline?.patch());
  }
}
