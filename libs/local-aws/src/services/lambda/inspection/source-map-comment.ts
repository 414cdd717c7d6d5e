/** The comment at the end of a file that names its source map (https://tc39.es/ecma426/#sec-linking-inline). */
const COMMENT = /\n\/\/# sourceMappingURL=\S*\s*$/;

/** Code without the comment that names its source map: with and without a source map, a bundler writes the same. */
export function codeWithoutComment(code: string): string {
  return code.replace(COMMENT, '\n');
}
