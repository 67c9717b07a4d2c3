/** The page as one text; the build, and jest, make it with scripts/build-page.mjs. */
declare module '*.html' {
  const html: string;
  export default html;
}
