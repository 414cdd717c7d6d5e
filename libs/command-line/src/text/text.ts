/** Highlights text. Each function takes and returns text. */
export interface Palette {
  readonly allowed: (text: string) => string;
  readonly denied: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string) => text;

/** A palette without highlighting. */
export const plainPalette: Palette = { allowed: same, denied: same, strong: same, faint: same };

/** Lines of text, in any nesting. Skips `false` and `undefined`. */
export type Lines = string | false | undefined | readonly Lines[];

/** Flattens nested lines. */
export function lines(...nested: readonly Lines[]): string[] {
  return nested.flatMap((part) => {
    if (typeof part === 'string') return [part];
    return part === undefined || part === false ? [] : lines(...part);
  });
}

/** Flattens nested lines and indents each that is not empty. */
export function indent(columns: number, text: Lines): string[] {
  return lines(text).map((line) => (line === '' ? '' : ' '.repeat(columns) + line));
}

/** Quotes a text for a POSIX shell: `it's` becomes `'it'\''s'`. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A subject in the middle of a sentence: `The profile "a"` becomes `the profile "a"`. */
export function withoutCapital(subject: string): string {
  return subject.charAt(0).toLowerCase() + subject.slice(1);
}
