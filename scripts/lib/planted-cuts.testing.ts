import { isCollection, isScalar, parseDocument, visit } from 'yaml';

/**
 * A YAML file with a text with a comma in place of each text that is the value of a name, as somebody writes it who forgets the quotation
 * marks. In a block, where a comma does no harm, it becomes a member of `{ … }`.
 */
export function plantCuts(text: string): string {
  let planted = '';
  let copied = 0;
  let count = 0;
  visit(parseDocument(text, { logLevel: 'silent' }), {
    Pair: (_key, { value }, path) => {
      if (!isScalar(value) || typeof value.value !== 'string' || !value.range) return;
      const [start, end] = value.range;
      const isFlow = path.some((node) => isCollection(node) && node.flow === true);
      count += 1;
      const cut = `MIN(a, ${count}) / b`;
      planted += `${text.slice(copied, start)}${isFlow ? cut : `{ Text: ${cut} }`}`;
      copied = text[end - 1] === '\n' ? end - 1 : end;
    },
  });
  return planted + text.slice(copied);
}
