// @ts-check
/** A picture that the first load can do without: one path on a 24 × 24 grid, drawn with a stroke of 1.75. */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} d */
export function draw(d) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}
