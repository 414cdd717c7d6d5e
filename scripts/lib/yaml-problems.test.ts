import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plantCuts } from './planted-cuts.testing.ts';
import { projectRoot } from './project.ts';
import { yamlFilesIn, yamlProblems, yamlProblemsOfPage } from './yaml-problems.ts';

const files = yamlFilesIn(projectRoot);
const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');

test('no YAML file of this repository has a text that a comma cuts', () => {
  expect(files.flatMap((file) => yamlProblems(file, read(file)))).toEqual([]);
});

test.each(files)('a comma that cuts any text of %s is found, with its line', (file) => {
  const planted = plantCuts(read(file));
  const cuts = [...planted.matchAll(/MIN\(a, (\d+\) \/ b)/g)].map(({ index, 1: rest }) => {
    const line = planted.slice(0, index).split('\n').length;
    return `${file}:${line}: "${rest}" has no value: a text before it has a comma, and needs quotation marks.`;
  });
  expect(cuts.length).toBeGreaterThan(0);
  expect(yamlProblems(file, planted)).toEqual(cuts);
});

test('a name without a value is legal in a block, as in the events of a workflow, and null is a value', () => {
  expect(yamlProblems('a.yml', 'on:\n  push:\n  pull_request: { branches: null, tags: ~ }\n')).toEqual([]);
});

test('a name that is itself a map is shown as it is written', () => {
  expect(yamlProblems('a.yml', 'ref: { name: a, {{ inputs.ref }} }\n')).toContainEqual(
    'a.yml:1: "{{ inputs.ref }}" has no value: a text before it has a comma, and needs quotation marks.',
  );
});

test('a text that is no YAML is named by its line, in a file and in the block of a page', () => {
  const text = 'OnAws: !Not [!Equals [$' + '{sls:stage}, local]]\n';
  expect(yamlProblems('a.yml', text)).toEqual([expect.stringMatching(/^a\.yml:1: this is no YAML: /)]);
  expect(yamlProblemsOfPage('a.md', `# Page\n\n- In a list:\n\n  \`\`\`yml\n  ${text}  \`\`\`\n`)[0]).toMatch(
    /^a\.md:6: this is no YAML: /,
  );
});

test('blocks of other languages are not read, and a block of a list may be indented', () => {
  const page = '```sh\n{ a, b: }\n```\n\n1. One:\n\n   ```yaml\n   a:\n     - { b: 1 }\n   ```\n';
  expect(yamlProblemsOfPage('a.md', page)).toEqual([]);
});
