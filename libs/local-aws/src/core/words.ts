/** Splits a text into words, for long lists of names. @example words('GET PUT') // ['GET', 'PUT'] */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
