/**
 * The word that somebody probably meant: one that is a few letters away, or else one that has the given word as a part.
 * @returns `undefined` if no word is near
 * @example nearest('stge', ['stage', 'json']) // 'stage'
 */
export function nearest(given: string, words: readonly string[]): string | undefined {
  // A third of the letters: of "log", every word of three letters is nearer than that to some other.
  const limit = Math.max(1, Math.floor(given.length / 3));
  const found = words
    .map((word) => ({ word, letters: distance(given, word) }))
    .filter(({ letters }) => letters <= limit)
    .toSorted((a, b) => a.letters - b.letters)[0];
  return found?.word ?? words.find((word) => given.length > 2 && word.split('-').includes(given));
}

/** How many letters to insert, delete, replace, or swap with the next one: Damerau and Levenshtein, in the form of optimal string alignment. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = a[row - 1] === b[column - 1] ? 0 : 1;
      const [above = 0, diagonal = 0, left = 0] = [last[column], last[column - 1], next[column - 1]];
      let least = Math.min(above + 1, left + 1, diagonal + replaced);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        least = Math.min(least, (before[column - 2] ?? 0) + 1);
      next.push(least);
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
}
