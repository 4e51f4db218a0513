// @ts-check
/** Pictures on a 24 × 24 grid, each one path, drawn with a stroke of 1.75 (play and pause are filled). */
export const ICONS = {
  play: 'M8 5v14l11-7Z',
  pause: 'M7.5 6v12M16.5 6v12',
  loud: 'M4 9.5v5h3l5 4v-13l-5 4ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  mute: 'M4 9.5v5h3l5 4v-13l-5 4ZM16 10l5 5m0-5-5 5',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  small: 'M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  tune: 'M4 7h10M18 7h2M4 17h2M10 17h10M18 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM10 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z',
};
