/** Splits a text into names: AWS has many long lists of names. @example words('GET PUT') // ['GET', 'PUT'] */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
