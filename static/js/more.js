// @ts-check
/** All that is fetched when the reader comes near: menus, keys, hover, spoken times. */
import css from '../css/more.css';
import { renditions } from './facts/renditions.js';
import { readable } from './facts/tracks.js';
import english from './i18n/en.js';
import { MORE_REQUESTS } from './requests-more.js';
import { activity } from './features/activity.js';
import { attribute } from './features/attribute.js';
import { clip } from './features/clip.js';
import { dress } from './features/dress.js';
import { cues } from './features/cues.js';
import { plain } from './features/plain.js';
import { fit } from './features/fit.js';
import { floor } from './features/floor.js';
import { hover } from './features/hover.js';
import { keys } from './features/keys.js';
import { leave } from './features/leave.js';
import { fetchParts, parts, timed } from './features/parts.js';
import { quick, toggleCaptions } from './features/quick.js';
import { recall } from './features/recall.js';
import { saver, saves } from './features/saver.js';
import { ofUse, subtitles } from './features/subtitles.js';
import { told } from './features/told.js';
import { position } from './features/speak.js';
import { survival, survived } from './features/survival.js';
import { seen, visible } from './features/visible.js';

/** @typedef {import('./player.js').SteadyPlayer} Player @typedef {import('./controls/ui.js').View} View */

/** Work on the element for as long as it lives. */
const LASTING = [activity, clip, cues, fetchParts, fit, floor, keys, leave, recall, survival, told, visible];
/** Look at what is shown, after each change. */
const LOOKING = [hover, plain, quick, saver, survived, timed];

/** @param {Player} player @param {AbortSignal} signal */
export default function extras(player, signal) {
  dress(player, css);
  for (const feature of LASTING) feature(player, signal);
  const part = parts(player, signal);
  const texts = subtitles(player, signal);
  const more = {
    part,
    saves,
    /** What a stream's engine tells of its renditions and audio tracks. */
    facts: () => renditions(player.session),
    requests: MORE_REQUESTS,
    patch() {
      for (const feature of LOOKING) feature(player);
      texts();
      /** @type {any} */ (more).watch?.();
    },
    /** Whether nobody would see a change of the time. @param {View} before @param {View} now */
    quiet: (before, now) => !seen(player) && before.paused === now.paused && before.waiting === now.waiting,
    tracks: () => readable(player.native).filter(ofUse),
    /** The text track that is shown, by the browser or by the widget itself. */
    shown: () => more.tracks().find((track) => track.mode === 'showing' || (track.mode === 'hidden' && track === /** @type {any} */ (more).drawn)),
    menu: async () => (await part('settings'))?.toggle(),
    captions: () => toggleCaptions(player),
    speak: (/** @type {number} */ seconds, /** @type {number} */ of) => position(player, seconds, of),
    attribute: (/** @type {string} */ name) => attribute(player, name),
    settled: () => settled(player),
  };
  const changed = () => player.changed();
  // Cut down, at build time, to the words that menus need; the reasons come when there is one to give.
  const { words } = player;
  if (words.tag === 'en' && words.messages.play) words.messages = { ...english, ...words.messages };
  queueMicrotask(changed);
  return more;
}

/** As HTMLMediaElement.play() has it: resolved when it plays, rejected where it does not. @param {Player} player @returns {Promise<void>} */
const settled = (player) =>
  new Promise((resolve, reject) => {
    const settle = () => {
      const { phase, reason, native } = player;
      if (/ing$/.test(phase)) return;
      player.removeEventListener('steady-phase', settle);
      if (phase === 'ready' && !native.paused) resolve();
      else reject(new DOMException(reason || '', reason ? 'NotSupportedError' : 'NotAllowedError'));
    };
    player.addEventListener('steady-phase', settle);
    settle();
  });
