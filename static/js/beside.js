// @ts-check
/** How a chunk fetches another one: all of them lie in one folder. @param {string} path @returns {Promise<any>} */
export const load = (path) => import(new URL(path, import.meta.url).href);
