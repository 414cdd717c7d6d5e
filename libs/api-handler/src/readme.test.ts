import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// Its tests run here.
import '../examples/get-message-test.ts';
import { collectLogs } from './logged.testing.ts';

collectLogs();

const folder = join(__dirname, '..');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

test('the examples in the README are those that are type-checked and run', () => {
  expect([...read('README.md').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)).toEqual(
    ['get-message.ts', 'post-message.ts', 'repeatable-effects.ts', 'get-message-test.ts'].map((name) =>
      read(`examples/${name}`),
    ),
  );
});
