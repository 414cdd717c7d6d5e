/**
 * Replaces a text of a source.
 * @throws Error if the source does not have it, so that nobody changes a source without this package
 */
export function replaceIn(file: string, text: string, what: string | RegExp, by: string): string {
  const replaced = text.replace(what, () => by);
  if (replaced === text) throw new Error(`${file} does not have ${what}, which libs/create changes.`);
  return replaced;
}
