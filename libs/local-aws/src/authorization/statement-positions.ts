/** A place in a policy's text. Lines and columns begin with 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a statement begins and ends. */
export interface StatementPosition {
  /** After the token before the statement, as AWS has it: a space before the brace counts. */
  readonly start: Position;
  /** After the closing brace. */
  readonly end: Position;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** The positions of the statements in a policy's text, which must be valid JSON. */
export function statementPositions(text: string): readonly StatementPosition[] {
  const positions: StatementPosition[] = [];
  const at = (offset: number): Position => {
    const before = text.slice(0, offset);
    return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
  };
  /** The last two tokens, and where the last one ends. */
  let [previous, beforePrevious, previousEnd] = ['', '', 0];
  let depth = 0;
  /** The depth of statements: 1 for a single one, 2 in a list; 0 outside of the element. */
  let statementDepth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (statementDepth === 0 && depth === 1 && previous === ':' && beforePrevious === '"Statement"') {
      statementDepth = token === '[' ? 2 : 1;
    }
    if (token === '{' && depth === statementDepth) start = previousEnd;
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    const end = index + token.length;
    if (token === '}' && depth > 0 && depth === statementDepth) {
      positions.push({ start: at(start), end: at(end) });
    }
    if (depth < 2 && (token === ']' || token === '}')) statementDepth = 0;
    [previous, beforePrevious, previousEnd] = [token, previous, end];
  }
  return positions;
}
