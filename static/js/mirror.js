// @ts-check
/**
 * The element speaks `HTMLMediaElement` (HTML, 4.8.11): what is written for `<video>` drives it. Whatever the browser
 * gives a video is passed through; the native events, which do not bubble, are dispatched again.
 *
 * @typedef {HTMLElement & {native: any}} Host `native`: the media element
 */

/** The media events, by their handlers' names, which a browser's video has beside all others. */
const MEDIA = /^on(ab|ca|du|em|ende|er|ente|leav|load|pa|pl|pr|ra|res|see|st|sus|ti|vo|wa)/;

/** @type {string[]} */
const events = [];

/** @param {any} target prototype of a Host; what it has of its own stays */
export function mirror(target) {
  for (const name in HTMLVideoElement.prototype) {
    if (MEDIA.test(name)) events.push(name.slice(2));
    if (name in target) continue;
    Object.defineProperty(target, name, {
      /** @this {Host} */
      get() {
        const value = this.native?.[name];
        // Of all that it has only functions can be bound.
        return value?.bind ? value.bind(this.native) : value;
      },
      /** @this {Host} @param {any} value */
      set(value) {
        if (this.native) this.native[name] = value;
      },
    });
  }
}

/** @param {Host} host @param {AbortSignal} signal @param {() => void} changed after any of them */
export function redispatch(host, signal, changed) {
  let last = 0;
  const again = (/** @type {Event} */ { type }) => {
    host.dispatchEvent(new Event(type));
    const { currentTime, duration } = host.native;
    // The clock moves once a second, and so does the timeline where that is no leap.
    const step = (currentTime * (duration > 55 ? 1 : 4)) | 0;
    if (type !== 'timeupdate' || step !== last) changed();
    last = step;
  };
  for (const name of events) host.native.addEventListener(name, again, { signal });
}
