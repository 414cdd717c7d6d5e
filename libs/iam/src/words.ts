/** A list of names, written in one text: AWS has many long ones. @example words('GET PUT') // ['GET', 'PUT'] */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
