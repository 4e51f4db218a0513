// @ts-check
/** "MP3, 3.6 MB". @param {import('../sources.js').Source} source @param {string} lang */
export function describe({ src, type, size }, lang) {
  const name = (/\.(\w{2,4})(?:[?#]|$)/.exec(src)?.[1] || type?.split(/[/;]/)[1] || '').toUpperCase();
  const unit = /** @type {Intl.NumberFormatOptions} */ ({ style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
  return size ? `${name}, ${new Intl.NumberFormat(lang, unit).format(size / 1e6)}` : name;
}
