import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';

/** A paragraph, a list item, a row of a table or a code block, without what a translation changes. */
interface Part {
  /** How it begins: `|`, `-`, `1.`, or nothing. The whole text of a code block. */
  readonly form: string;
  /** Its inline code. The order of words differs between languages, so it is sorted. */
  readonly code: readonly string[];
  readonly links: readonly string[];
}

interface Section {
  readonly heading: string;
  readonly parts: readonly Part[];
}

const codeBlock = /^( *```[\s\S]*?^ *```)$/m;

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');

function partOf(text: string): Part {
  if (codeBlock.test(text)) return { form: text, code: [], links: [] };
  const code = [...text.replace(/\s+/g, ' ').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
  return {
    form: /^\s*(\||-|\d+\.|)/.exec(text)?.[1] ?? '',
    code: [...new Set(code)].sort(),
    links: links.filter((link) => !/^README(\.ja)?\.md$/.test(link)).sort(),
  };
}

function sectionsOf(markdown: string): Section[] {
  const sections: { heading: string; parts: Part[] }[] = [];
  const texts = markdown
    .split(codeBlock)
    .flatMap((text) => (codeBlock.test(text) ? text : text.split(/\n\s*\n|\n(?=\||#| *(?:-|\d+\.) )/)))
    .map((text) => text.replace(/^\n+|\s+$/g, ''));
  for (const text of texts.filter(Boolean)) {
    if (/^#+ /.test(text)) sections.push({ heading: text, parts: [] });
    else sections.at(-1)?.parts.push(partOf(text));
  }
  return sections;
}

const levels = (sections: Section[]) => sections.map(({ heading }) => heading.replace(/[^#].*/, ''));

describe.each(['', 'services/'])('%sREADME.ja.md', (folder) => {
  const english = sectionsOf(read(`${folder}README.md`));
  const japanese = sectionsOf(read(`${folder}README.ja.md`));

  test('has the sections of README.md, at the same levels', () => {
    expect(levels(japanese)).toEqual(levels(english));
  });

  test.each(english.map((section, index) => ({ ...section, index })))(
    'has each paragraph, row, command and link of "$heading"',
    ({ parts, index }) => {
      expect(japanese[index]?.parts).toEqual(parts);
    },
  );

  test('has every paragraph in Japanese', () => {
    const paragraphs = read(`${folder}README.ja.md`)
      .replaceAll(new RegExp(codeBlock, 'gm'), '')
      .split(/\n\s*\n/);
    const foreign = paragraphs.filter(
      (text) => !/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text) && text.trim() !== '',
    );
    expect(foreign.filter((text) => text !== '# cross-account-api')).toEqual(['[English](README.md)']);
  });

  test('and README.md lead to each other', () => {
    expect(read(`${folder}README.md`)).toContain('\n[日本語](README.ja.md)\n');
    expect(read(`${folder}README.ja.md`)).toContain('\n[English](README.md)\n');
  });
});
