import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The comment at the end of a file that names its source map (https://tc39.es/ecma426/#sec-linking-inline). */
const COMMENT = /\n\/\/# sourceMappingURL=\S*\s*$/;

/** Code without the comment that names its source map: with and without a source map, a bundler writes the same. */
export function codeWithoutComment(code: string): string {
  return code.replace(COMMENT, '\n');
}

/**
 * A source map whose sources are URLs of files: a debugger sees it in a file elsewhere, where relative paths would lead nowhere.
 * @param folder that its sources are relative to
 * @returns JSON
 */
export function withFileUrls<Map extends { readonly sources: readonly string[] }>(
  map: Map,
  folder: string,
): string {
  const sources = map.sources.map((source) =>
    // A plugin of esbuild can make sources that are no files, e.g. `lazy:node:zlib`.
    /^[\w-]+:/.test(source) ? source : pathToFileURL(resolve(folder, source)).href,
  );
  return JSON.stringify({ ...map, sources });
}
