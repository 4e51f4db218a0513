// @ts-check
/** How loud, 0–1. @param {HTMLMediaElement} media */
export const volume = ({ muted, volume: level }) => ({ muted, volume: level });
