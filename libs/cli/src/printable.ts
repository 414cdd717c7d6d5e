/**
 * A text from elsewhere, as one line: a terminal would obey its control characters.
 * @param mostCharacters where it is cut
 */
export function oneLine(text: string, mostCharacters: number): string {
  return text
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, mostCharacters);
}

/** A text from elsewhere, with its lines, and without other control characters. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '');
}
