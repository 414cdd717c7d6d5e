import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRefusal } from '@cross-account-api/iam/explanation';

const SOURCES = join(__dirname, '..');

/** Where the messages stand with which local AWS refuses a request as AWS does, apart from the limits of each service's parameters. */
const files = globSync(
  [
    'authentication/{read-signature,verification}.ts',
    'protocols/refusal.ts',
    'services/sts/operations/*.ts',
    'services/execute-api/responses/gateway-error.ts',
  ],
  { cwd: SOURCES },
).filter((file) => !/\.test(ing)?\.ts$/.test(file));

/** Sentences in a source file: what begins with a capital letter and has three words. A value in it becomes a placeholder. */
function sentencesIn(file: string): string[] {
  const source = readFileSync(join(SOURCES, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const literals = source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g);
  return (
    [...literals]
      .map((literal) => literal.slice(1).find((text) => text !== undefined) ?? '')
      .map((text) => text.replace(/\$\{[^}]*action\}/g, 'sts:AssumeRole').replace(/\$\{[^}]*\}/g, '<value>'))
      .map((text) => text.replaceAll('\\n', '\n').replace(/\\(.)/g, '$1'))
      // One that begins with a value continues another.
      .filter((text) => /^(?:[A-Z\d]|aws:)\S*(?: \S+){2}/.test(text))
  );
}

const messages = files.flatMap((file) => sentencesIn(file).map((message) => [file, message] as const));

test('the sources of messages are found', () => {
  expect(files.length).toBeGreaterThan(5);
  expect(messages.length).toBeGreaterThan(30);
});

test.each(messages)('explain --error knows what local AWS says in %s: %s', (_file, message) => {
  expect(readRefusal(JSON.stringify({ message }))).toBeDefined();
});
