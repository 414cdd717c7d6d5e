import type { Palette } from './text.ts';

/** Options for text on a terminal. */
export interface TerminalOptions {
  readonly palette: Palette;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Breaks text between words. The first line has `indent` spaces, the others two more. A word that is too long loses its middle. */
export function wrap(text: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      const space = ' '.repeat(lines.length === 0 ? indent : indent + 2);
      lines.push(space + shorten(word, width - space.length));
    }
  }
  return lines;
}

/** Leaves out the middle of a word with too many columns: names in AWS differ at both ends. */
export function shorten(word: string, columns: number): string {
  if (word.length <= columns) return word;
  const kept = Math.max(columns - 1, 2);
  const end = Math.floor(kept / 2);
  return `${word.slice(0, kept - end)}…${word.slice(word.length - end)}`;
}

/** Shortens ARNs to `role/a of 111111111111`, or to `role/a` in the account `accountId`. */
export function abbreviateArns(text: string, accountId: string | undefined): string {
  const short = text.replace(
    /arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}|aws|):([^\s,"]+)/g,
    (_, owner: string, resource: string) => {
      const [, role, session] = /^assumed-role\/([^/]+)\/(.+)$/.exec(resource) ?? [];
      const name =
        role === undefined ? resource : `role/${role}${session === role ? '' : ` in session ${session}`}`;
      return owner === '' || owner === 'aws' || owner === accountId ? name : `${name} of ${owner}`;
    },
  );
  // "function function:name"
  return short.replace(/\b(\w+) \1[:/]/g, '$1 ');
}
