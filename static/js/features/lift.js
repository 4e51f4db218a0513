// @ts-check
/**
 * Where the menu stands when the picture is too small to hold it: over the page, in the top layer (HTML, section 6.12);
 * across the foot of a phone's screen, else beside its opener. Where a browser has no such layer it stays and scrolls.
 */

/** A menu so high can be read, a window so wide is no phone's; and a frame so low has no foot to lend. In pixels. */
const ENOUGH = 260;
const WIDE = 480;
const LOW = 320;
const GAP = 8;

/**
 * @param {HTMLElement} menu in its place @param {HTMLElement} opener
 * @param {() => void} leave closes it @param {AbortSignal} signal
 */
export function lift(menu, opener, leave, signal) {
  const { clientHeight, scrollHeight } = menu;
  const sheet = innerWidth < WIDE;
  if (!menu.showPopover || innerHeight < LOW || (!sheet && clientHeight >= Math.min(scrollHeight, ENOUGH))) return;
  menu.popover = 'manual';
  menu.dataset.lifted = sheet ? 'sheet' : 'beside';
  menu.showPopover();
  // What fills the screen lies above it.
  document.addEventListener('fullscreenchange', leave, { signal });
  if (sheet) return;
  beside(menu, opener.getBoundingClientRect());
  addEventListener('resize', leave, { signal });
}

/** Above the opener or below it, where there is more room; it moves with the page. @param {HTMLElement} menu @param {DOMRect} opener */
function beside(menu, { left, right, top, bottom }) {
  const { clientWidth, clientHeight } = document.documentElement;
  const above = top > clientHeight - bottom;
  const start = menu.matches(':dir(rtl)') ? left : right - menu.offsetWidth;
  const x = Math.max(GAP, Math.min(start, clientWidth - menu.offsetWidth - GAP));
  const { style } = menu;
  style.left = `${x + scrollX}px`;
  if (above) style.bottom = `${clientHeight - (top - GAP + scrollY)}px`;
  else style.top = `${bottom + GAP + scrollY}px`;
  style.maxHeight = `${Math.min(above ? top : clientHeight - bottom, 520) - 2 * GAP}px`;
}
