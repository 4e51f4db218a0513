// @ts-check
/** Where the player came from, and how more of it is fetched from there. Set once, by the entry. */
export const site = {
  /** the address that `media/<id>` stands below */
  base: '',
  /** @type {(path: string) => Promise<any>} a chunk, by its path among the built assets */
  load: () => Promise.reject(),
};
