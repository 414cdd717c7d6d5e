import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { projectRoot } from './lib/project.ts';

/** What ships of a package: its tests may know more. */
function sourcesOf(name: string): readonly string[] {
  return globSync(`libs/${name}/src/**/*.ts`, { cwd: projectRoot })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.test(-d)?\.ts$|\.testing\.ts$/.test(file))
    .toSorted();
}

/** What a text imports, types included: a path from the root of the repository, or the name of a package. */
function importsOf(file: string, text: string): readonly string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*'([^'\n]+)'/g)].map(([, source = '']) =>
    source.startsWith('.') ? posix.join(posix.dirname(file), source) : source,
  );
}

/** The rooms of libs/iam by their folders. The engine has the others. */
const FOLDERS = ['aws', 'explanation', 'witness', 'explain-command'];

function roomOf(file: string): string {
  const folder = file.split('/')[3] ?? '';
  return FOLDERS.includes(folder) ? folder : 'engine';
}

/** What each room of libs/iam may know: rooms, and packages. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  // What AWS publishes. It knows nothing, so the engine may know it.
  aws: ['node:fs', 'node:path'],
  engine: ['aws', 'ipaddr.js'],
  explanation: ['engine', '@cross-account-api/command-line/text'],
  witness: ['engine', 'ipaddr.js'],
  'explain-command': [
    'engine',
    'explanation',
    '@cross-account-api/command-line',
    '@cross-account-api/command-line/text',
    'node:fs/promises',
  ],
};

/** What the room of a file must not know. */
function offencesOf(file: string, text: string): readonly string[] {
  const room = roomOf(file);
  return importsOf(file, text)
    .map((source) => (source.startsWith('libs/iam/src/') ? roomOf(source) : source))
    .filter((known) => known !== room && KNOWS[room]?.includes(known) !== true)
    .map((known) => `${file} knows ${known}`);
}

test('the policy engine knows no door, and the explanation and the witness do not know each other', () => {
  const files = sourcesOf('iam');
  expect(new Set(files.map(roomOf))).toEqual(new Set(Object.keys(KNOWS)));
  expect(files.flatMap((file) => offencesOf(file, readFileSync(join(projectRoot, file), 'utf8')))).toEqual(
    [],
  );
});

test.each([
  ['decision/authorizer.ts', "import type { Remedy } from '../explanation/remedy.ts';", 'explanation'],
  ['index.ts', "export { judgeStatement } from './witness/judge-statement.ts';", 'witness'],
  ['explanation/remedy.ts', "import { meterOf } from '../witness/sample.ts';", 'witness'],
  ['witness/search.ts', "import { explain } from '../explanation/explain.ts';", 'explanation'],
  [
    'explanation/answer.ts',
    "import { print } from '@cross-account-api/command-line';",
    '@cross-account-api/command-line',
  ],
  ['language/pattern.ts', "const { readFile } = await import('node:fs/promises');", 'node:fs/promises'],
])('the check of folders refuses in %s: %s', (file, text, known) => {
  expect(offencesOf(`libs/iam/src/${file}`, text)).toEqual([`libs/iam/src/${file} knows ${known}`]);
});

test('the kit of commands knows no package: it stands below all others', () => {
  const files = sourcesOf('command-line');
  expect(files.length).toBeGreaterThan(3);
  const others = files.flatMap((file) =>
    importsOf(file, readFileSync(join(projectRoot, file), 'utf8')).filter(
      (source) => !source.startsWith('libs/command-line/src/') && !source.startsWith('node:'),
    ),
  );
  expect(others).toEqual([]);
});
