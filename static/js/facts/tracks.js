// @ts-check
/** The text tracks that are read: not chapters, not metadata. @param {HTMLMediaElement} media */
export const readable = (media) => Array.from(media.textTracks).filter(({ kind }) => /^(captions|subtitles)$/.test(kind));
