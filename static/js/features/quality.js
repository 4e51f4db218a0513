// @ts-check
/** Which rendition is played, and what an hour of it costs; the data saver. */
import { choice, section, toggle } from './choice.js';
import { keep } from './kept.js';
import { renditions } from './renditions.js';
import { saves } from './saver.js';

/** @typedef {import('../player.js').SteadyPlayer} Player @typedef {import('./renditions.js').Rendition} Rendition @typedef {import('./wording.js').Say} Say */

/** "2.4 Mb/s", "1.1 GB/h". @param {number} value @param {string} unit of a thousandth @param {string} larger @param {string} tag */
const amount = (value, unit, larger, tag) => {
  const big = value >= 1000;
  const style = /** @type {Intl.NumberFormatOptions} */ ({ style: 'unit', unit: big ? larger : unit, maximumFractionDigits: big ? 1 : 0 });
  return new Intl.NumberFormat(tag, style).format(big ? value / 1000 : value);
};

/** @param {number} bitrate bit/s @param {string} tag */
const speed = (bitrate, tag) => amount(bitrate / 1e3, 'kilobit-per-second', 'megabit-per-second', tag);

/** @param {Rendition} one @param {string} tag BCP 47 @returns {string} bitrate, and megabytes in an hour */
const cost = ({ bitrate }, tag) =>
  bitrate ? `${speed(bitrate, tag)} · ${amount((bitrate * 3600) / 8e6, 'megabyte-per-hour', 'gigabyte-per-hour', tag)}` : '';

/** @param {Rendition} one @param {Say} say @param {string} tag */
const nameOf = ({ height, audio, bitrate = 0 }, say, tag) =>
  audio ? say('audioOnly') : height ? `${new Intl.NumberFormat(tag, { useGrouping: false }).format(height)}p` : speed(bitrate, tag);

/** @param {Player} player @param {Say} say */
export function quality(player, say) {
  if (renditions(player).list.length < 2 && !player.more.facts().more) return;
  const { tag } = player.words;
  const value = () => {
    const { list, chosen, now } = renditions(player);
    const playing = list.find(({ id }) => id === now);
    return [chosen === null && say('auto'), playing && nameOf(playing, say, tag)].filter(Boolean).join(' · ');
  };
  return section(say('quality'), value, () => {
    const offer = renditions(player);
    // Where the browser plays a stream by itself, what could be chosen comes with the engine, which only this is worth.
    if (!offer.list.length) player.ask('renditions');
    const named = (/** @type {string | number | null | undefined} */ id) => {
      const one = offer.list.find((other) => other.id === id);
      return one && nameOf(one, say, tag);
    };
    const automatic = { name: say('auto'), on: offer.chosen === null, pick: () => player.ask('rendition', null), note: named(offer.now) && say('now', { quality: named(offer.now) || '' }) };
    const own = offer.list.map((one) => ({ name: nameOf(one, say, tag), on: one.id === offer.chosen, pick: () => player.ask('rendition', one.id), note: cost(one, tag) }));
    const save = toggle(say('saver'), saves(), (saver) => {
      keep({ saver });
      player.ask('rendition', offer.chosen === null ? null : renditions(player).chosen);
    });
    return [choice(say('quality'), 'option', [automatic, ...own]), save];
  }); // prettier-ignore
}

/** The audio tracks of a stream. @param {Player} player @param {Say} say */
export function sound(player, say) {
  if (!(player.more.facts().audio?.length > 1)) return;
  const names = new Intl.DisplayNames(player.words.tag, { type: 'language', fallback: 'code' });
  const nameOf = (/** @type {any} */ track) => track?.label || (track?.lang && names.of(track.lang)) || say('sound');
  const value = () => {
    const { audio, audioTrack } = player.more.facts();
    return nameOf(audio.find((/** @type {any} */ { id }) => id === audioTrack));
  };
  return section(say('sound'), value, () => {
    const { audio, audioTrack } = player.more.facts();
    const options = audio.map((/** @type {any} */ track) => ({ name: nameOf(track), on: track.id === audioTrack, pick: () => player.ask('audioTrack', track.id) }));
    return [choice(say('sound'), 'option', options)];
  }); // prettier-ignore
}
