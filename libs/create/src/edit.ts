/**
 * Replaces a text of a source.
 * @throws Error if the source lacks the text: then this package must change with the source
 */
export function replaceIn(file: string, text: string, what: string | RegExp, by: string): string {
  const replaced = text.replace(what, () => by);
  if (replaced === text) throw new Error(`${file} does not have ${what}, which libs/create changes.`);
  return replaced;
}
