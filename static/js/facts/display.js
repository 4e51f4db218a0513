// @ts-check
/** Where it is shown: in the page or on the full screen. @param {HTMLMediaElement} media */
export const display = (media) => ({ fullscreen: !!document.fullscreenElement?.contains(media) });

/** iPhones give the full screen to a video alone. @typedef {HTMLVideoElement & {webkitEnterFullscreen?: () => void}} PhoneVideo */

/** @param {HTMLMediaElement} media */
export const canFullscreen = (media) =>
  media.localName === 'video' && (document.fullscreenEnabled || 'webkitEnterFullscreen' in media);

/** @param {HTMLElement} host @param {HTMLMediaElement} media */
export function toggleFullscreen(host, media) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.fullscreenEnabled) host.requestFullscreen().catch(() => {});
  else /** @type {PhoneVideo} */ (media).webkitEnterFullscreen?.();
}
