// @ts-check
/** The media element, mirrored: read again whenever it says that something changed, never kept in step by hand. */
import { display } from './display.js';
import { playback } from './playback.js';
import { time } from './time.js';
import { volume } from './volume.js';

/** @param {HTMLMediaElement} media */
export const read = (media) => ({ ...playback(media), ...time(media), ...volume(media), ...display(media) });
