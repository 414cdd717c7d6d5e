import { isNode, isSeq, LineCounter, parseDocument } from 'yaml';

/** A place in a policy's text. Lines and columns begin with 1. */
export interface Position {
  readonly line: number;
  readonly col: number;
}

/**
 * Where the statements of a policy begin and end. As AWS has it, a statement begins after the token before it: a space before the
 * brace counts.
 * @param text valid JSON, which is YAML, too
 */
export function statementPositions(
  text: string,
): readonly { readonly start: Position; readonly end: Position }[] {
  const lineCounter = new LineCounter();
  const statement = parseDocument(text, { lineCounter }).get('Statement', true);
  return (isSeq(statement) ? statement.items : [statement]).flatMap((node) => {
    const range = isNode(node) && node.range;
    if (!range) return [];
    const start = text.slice(0, range[0]).trimEnd().length;
    return [{ start: lineCounter.linePos(start), end: lineCounter.linePos(range[1]) }];
  });
}
