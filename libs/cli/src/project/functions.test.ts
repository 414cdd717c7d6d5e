import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definesResource } from './functions.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'functions-'));
  const file = async (name: string, text: string) => {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), text);
  };
  await file(
    'services/api/serverless.yml',
    'resources:\n  Resources:\n    InServerless:\n      Type: A::B::C\n',
  );
  for (const name of ['a', 'b', 'c']) {
    await file(
      `services/api/resources/${name}.yml`,
      `Resources:\n  In${name.toUpperCase()}:\n    Type: A::B::C\n`,
    );
  }
  await file('services/api/resources/notes.txt', 'InNotes:\n');
  await file('services/caller/serverless.yml', 'service: caller\n');
});
afterAll(() => rm(root, { recursive: true }));

test.each([
  ['InServerless', true],
  ['InA', true],
  ['InB', true],
  ['InC', true],
  ['InNotes', false],
  ['In', false],
  ['A::B::C', false],
])(
  'whether a service defines %s is read in its serverless.yml and in each file of its resources',
  (id, is) => {
    expect(definesResource('services/api', id, root)).toBe(is);
  },
);

test('a service without a folder of resources has those of its serverless.yml', () => {
  expect(definesResource('services/caller', 'InA', root)).toBe(false);
});
