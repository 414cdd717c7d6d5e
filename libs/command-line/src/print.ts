/** Prints a document, or lines for a person. */
export function print(json: boolean | undefined, document: object, lines: () => readonly string[]): void {
  const text = json === true ? JSON.stringify(document, null, 2) : lines().join('\n');
  process.stdout.write(`${text}\n`);
}
