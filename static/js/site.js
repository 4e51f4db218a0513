// @ts-check
/**
 * Where the player came from, and how more of it is fetched from there. Set once, by the entry.
 *
 * @typedef {object} Site
 * @property {string} base the address that `media/<id>` stands below
 * @property {(path: string) => Promise<any>} load a chunk, by its path among the built assets
 */
export const site = /** @type {Site} */ ({});
