// @ts-check
/** Elements for the QA pages. Text is text: nothing here parses HTML. */

/**
 * @param {string} name a tag, with classes after dots: "p.note"
 * @param {Record<string, any>} [attributes] `onclick` and the like are listeners; undefined and false are left out
 * @param {(Node | string | undefined | null)[]} children
 * @returns {any}
 */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** What the server says of itself. */
export const config = JSON.parse(document.getElementById('config')?.textContent || '{}');

/** The page's address as a plain object. @type {Record<string, string>} */
export const query = Object.fromEntries(new URLSearchParams(location.search));

/** An address of the gallery. @param {Record<string, string | undefined>} values @param {string} [path] */
export function address(values, path = '/demo/') {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) search.set(key, value);
  return `${path}${search.size === 0 ? '' : `?${search}`}`;
}

/** Calls `work` now and again and again, never twice at once, while the page is looked at. @param {number} ms @param {() => Promise<void>} work */
export async function repeat(ms, work) {
  for (;;) {
    if (!document.hidden) await work().catch(() => {});
    await new Promise((done) => setTimeout(done, ms));
  }
}
