/** Filled in by static/build.mjs. */
declare const __LANGUAGES__: string[];
declare const __BUILD__: string;
declare module '*.css' {
  const text: string;
  export default text;
}
