// @ts-check
/**
 * Where a cue stands: its line, position, size and alignment as boxes in per cent (WebVTT, 7.2 “Processing cue settings”,
 * without regions). Pure.
 *
 * @typedef {object} Place
 * @property {'auto' | 'top' | 'bottom' | 'middle'} from auto: with the others, at the foot
 * @property {string} at a CSS length from there
 * @property {number} left @property {number} width per cent of the picture
 * @property {'start' | 'center' | 'end' | 'left' | 'right'} align
 */

/** @typedef {Pick<VTTCue, 'line' | 'snapToLines' | 'lineAlign' | 'position' | 'positionAlign' | 'size' | 'align'>} Settings */

/** @param {Settings} cue @param {boolean} rightToLeft the base direction of its text @returns {Place} */
export function place({ line, snapToLines, lineAlign, position, positionAlign, size, align }, rightToLeft) {
  const side = align === 'start' ? (rightToLeft ? 'right' : 'left') : align === 'end' ? (rightToLeft ? 'left' : 'right') : align;
  const at = position === 'auto' ? { left: 0, right: 100, center: 50 }[side] : position;
  const anchor = !positionAlign || positionAlign === 'auto' ? { left: 'line-left', right: 'line-right', center: 'center' }[side] : positionAlign;
  const room = anchor === 'line-left' ? 100 - at : anchor === 'line-right' ? at : 2 * Math.min(at, 100 - at);
  const width = Math.min(size, room);
  const left = anchor === 'line-left' ? at : anchor === 'line-right' ? at - width : at - width / 2;
  const box = { left, width, align };
  if (line === 'auto' || line === -1) return { from: 'auto', at: '', ...box };
  // A line is 1.3 times as high as its letters.
  if (snapToLines) return { from: line < 0 ? 'bottom' : 'top', at: `${1.3 * (line < 0 ? -1 - line : line)}em`, ...box };
  if (lineAlign === 'end') return { from: 'bottom', at: `${100 - line}%`, ...box };
  return { from: lineAlign === 'center' ? 'middle' : 'top', at: `${line}%`, ...box };
}
