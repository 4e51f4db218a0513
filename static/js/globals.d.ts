/** Filled in by static/build.mjs. */
declare const __BUILD__: string;
declare module '*.css' {
  const text: string;
  export default text;
}
