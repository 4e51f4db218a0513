// @ts-check
/**
 * The timeline of a recording in the shape of its sound. The rail is cut to it, and what is in the rail goes on as before.
 * The peaks are the JSON that audiowaveform writes (version 1 and 2): `data` has the least and the greatest of each stretch.
 */

/** A bar and the gap after it, in pixels. */
const BAR = 3;
const GAP = 2;
/** How much of the height silence has. */
const LEAST = 0.06;

/** @param {any} told @returns {number[]} 0–1 for each stretch, the loudest being 1; empty where it is no waveform */
export function loudness(told) {
  const { data, channels = 1 } = told || {};
  if (!Array.isArray(data) || data.length < 4) return [];
  const step = 2 * channels;
  const levels = Array.from({ length: Math.floor(data.length / step) }, (_, i) =>
    Math.max(...data.slice(i * step, (i + 1) * step).map((value) => Math.abs(+value) || 0)));
  const loudest = Math.max(...levels);
  return loudest ? levels.map((level) => level / loudest) : [];
}

/** As many bars as there is room for, each as loud as its part is on average: peaks alone make speech a wall. @param {number[]} levels @param {number} count */
export function bars(levels, count) {
  const heights = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * levels.length) / count);
    const part = levels.slice(from, Math.max(from + 1, Math.floor(((i + 1) * levels.length) / count)));
    return part.reduce((sum, level) => sum + level * level, 0) / part.length;
  });
  const most = Math.max(...heights);
  return heights.map((height) => Math.max(LEAST, height / most));
}

/** One outline around all bars: along the top, and back along the foot; between them it runs on the middle. @param {number[]} heights @param {number} width pixels */
export function outline(heights, width) {
  const each = width / heights.length;
  const top = heights.map((height, i) => {
    const [from, to, up] = [i * each, i * each + BAR, 50 - 50 * height].map((n) => n.toFixed(1));
    return `${from}px 50%,${from}px ${up}%,${to}px ${up}%,${to}px 50%`;
  });
  const foot = heights.map((height, i) => {
    const [from, to, down] = [i * each, i * each + BAR, 50 + 50 * height].map((n) => n.toFixed(1));
    return `${to}px 50%,${to}px ${down}%,${from}px ${down}%,${from}px 50%`;
  });
  return `polygon(${[...top, ...foot.reverse()].join()})`;
}

/** @param {HTMLElement} timeline @param {number[]} levels @param {AbortSignal} signal */
export function shape(timeline, levels, signal) {
  const rail = /** @type {HTMLElement} */ (timeline.querySelector('.rail'));
  timeline.toggleAttribute('data-wave', true);
  const fit = () => {
    const width = rail.clientWidth;
    const count = Math.min(levels.length, Math.floor(width / (BAR + GAP)));
    if (count > 8) rail.style.clipPath = outline(bars(levels, count), width);
  };
  const watcher = new ResizeObserver(fit);
  watcher.observe(rail);
  signal.addEventListener('abort', () => watcher.disconnect());
  fit();
}
