// @ts-check
/** Pictures that the first load can do without; drawn as the others are. */
export const ICONS = {
  download: 'M12 4v11m0 0 4-4m-4 4-4-4M5 19.5h14',
  pip: 'M4 5.5h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM12.5 12.5h6v4h-6Z',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  unfold: 'm9.5 6 6 6-6 6',
  remote: 'M4 17.5V7a1.5 1.5 0 0 1 1.5-1.5h13A1.5 1.5 0 0 1 20 7v9a1.5 1.5 0 0 1-1.5 1.5H17M12 15l5 5.5H7Z',
};
/** @typedef {keyof typeof ICONS} Name */
