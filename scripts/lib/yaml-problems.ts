import { globSync } from 'node:fs';
import { LineCounter, parseAllDocuments, type Range, visit } from 'yaml';

/** A block of YAML in a Markdown page. It may be part of a list, and so indented. */
const YAML_BLOCK = /^(?<indent> *)```ya?ml\b.*\n(?<text>[\s\S]*?)^ *```/gm;

/** The YAML files of a project, relative to its folder. */
export function yamlFilesIn(root: string): string[] {
  return globSync(['**/*.{yml,yaml}', '.github/**/*.{yml,yaml}'], {
    cwd: root,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  });
}

/**
 * Finds the texts of YAML that do not parse, and the names in `{ … }` and `[ … ]` without a value. Such a name is the rest of a text that a
 * comma has cut: `{ Expression: FILL(a, 0) / b }` has the names `Expression` and `0) / b`. Who wants no value writes `null`.
 * @param text of a file, or of a block in a page
 * @param linesBefore those of the page before the block
 */
export function yamlProblems(file: string, text: string, linesBefore = 0): string[] {
  const lineCounter = new LineCounter();
  const problems: string[] = [];
  const note = (offset: number, problem: string) => {
    problems.push(`${file}:${lineCounter.linePos(offset).line + linesBefore}: ${problem}`);
  };
  // Tags that are not YAML's own, such as !Sub, are warnings and no errors.
  for (const document of parseAllDocuments(text, { lineCounter, prettyErrors: false })) {
    for (const { pos, message } of document.errors) note(pos[0], `this is no YAML: ${message}.`);
    // The parser makes further names of what it does not understand.
    if (document.errors.length > 0) continue;
    visit(document, {
      Map: (_key, { flow = false, items }) => {
        if (!flow) return;
        for (const { key, value } of items) {
          if (isWritten(value) || !isWritten(key)) continue;
          const [start, end] = key.range;
          const name = text.slice(start, end);
          note(start, `"${name}" has no value: a text before it has a comma, and needs quotation marks.`);
        }
      },
    });
  }
  return problems;
}

/** {@link yamlProblems} of the blocks of a Markdown page. */
export function yamlProblemsOfPage(page: string, markdown: string): string[] {
  return [...markdown.matchAll(YAML_BLOCK)].flatMap(({ index, groups: { indent = '', text = '' } = {} }) => {
    const lines = text
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    return yamlProblems(page, lines.join('\n'), markdown.slice(0, index).split('\n').length);
  });
}

/** Whether a key or a value has characters in the file. The parser gives an absent value the empty source, or no node. */
function isWritten(node: unknown): node is { readonly range: Range } {
  return typeof node === 'object' && node !== null && (!('source' in node) || node.source !== '');
}
