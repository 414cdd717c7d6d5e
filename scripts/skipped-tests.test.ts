import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';

/** A test whose first statement can return: it passes, and nothing has run. */
const returnsAtOnce =
  /\b(?:test|it|if[A-Z]\w*)(?:\.each\([^;]*?\)|\.\w+)*\(\s*(['"`])(?:(?!\1).)*\1,\s*(?:async )?\([^;()]*\)(?::[^=]+)? => \{\s*(?:const [^;]*;\s*)?if \([^\n]*\)\s*\{?\s*return;/g;

const namesIn = (text: string) => [...text.matchAll(returnsAtOnce)].map(([found]) => found);

test('a test that cannot run on this machine is shown as skipped: none returns and passes instead', () => {
  const files = execFileSync('git', ['ls-files', '*.test.ts', '*.testing.ts'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  const texts = files
    .trim()
    .split('\n')
    .map((file) => ({ file, found: namesIn(readFileSync(join(projectRoot, file), 'utf8')) }));
  expect(texts.length).toBeGreaterThan(300);
  expect(texts.filter(({ found }) => found.length > 0)).toEqual([]);
});

test.each([
  `test('a stack', async () => {\n  if (!canExpand) return;\n  await run();\n});`,
  `test.each([1, 2])('a stack of %d', async (n) => {\n  if (!hasTranslator()) return;\n});`,
  `  test('zip', async () => {\n    const { status } = spawnSync('zip', ['-v']);\n    if (status !== 0) return;\n  });`,
  `ifTranslator('a stack', async ({ cloud }) => {\n  if (!isThere) {\n    return;\n  }\n});`,
])('such a test is found: %s', (text) => {
  expect(namesIn(text)).toHaveLength(1);
});

test.each([
  `test('a stack', async () => {\n  await run();\n  if (isOver) return;\n});`,
  `beforeAll(async () => {\n  if (!isComplete) return;\n});`,
  `test('x', async () => {\n  const at = async () => {\n    if (isOver) return;\n  };\n  await at();\n});`,
])('others are not found: %s', (text) => {
  expect(namesIn(text)).toEqual([]);
});
