import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../command-line.ts';
import { readEventOption, takesOperations } from './caller-event.ts';
import { pairProject } from './pair.testing.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'caller-event-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(functions: string, compose = 'services: { caller: { path: services/caller } }') {
  await writeFile(join(root, 'serverless-compose.yml'), compose);
  await mkdir(join(root, 'services/caller'), { recursive: true });
  await writeFile(
    join(root, 'services/caller/serverless.yml'),
    `service: orders\nfunctions: ${functions}\nresources: { Outputs: { A: { Value: !GetAtt A.Arn } } }\n`,
  );
}

test('a caller takes operations if its serverless.yml has the line', async () => {
  await write('{ caller: { handler: a.handler, takesOperations: true } }');
  expect(takesOperations(root)).toBe(true);
});

test('each function has the line or not', async () => {
  await write('{ caller: {}, report: { takesOperations: true } }');
  expect(takesOperations(root, 'report')).toBe(true);
  expect(takesOperations(root, 'caller')).toBe(false);
  expect(takesOperations(root, 'constructor')).toBe(false);
  await mkdir(join(root, 'services/shop'));
  await writeFile(
    join(root, 'services/shop/serverless.yml'),
    'functions: { caller: { takesOperations: true } }',
  );
  expect(takesOperations(root, 'caller', 'services/shop')).toBe(true);
});

test('the caller of the tests’ pair takes operations', () => {
  expect(takesOperations(pairProject)).toBe(true);
});

test.each([
  ['no line', '{ caller: { handler: a.handler } }'],
  ['the line with false', '{ caller: { handler: a.handler, takesOperations: false } }'],
  ['the line at another function', '{ caller: {}, other: { takesOperations: true } }'],
  ['functions in another file', `\${file(./functions.yml)}`],
  ['no functions', '{}'],
])('a caller with %s does not take operations', async (_what, functions) => {
  await write(functions);
  expect(takesOperations(root)).toBe(false);
});

test('a project without the caller’s service has no function that takes operations', async () => {
  await write('{ caller: { takesOperations: true } }', 'services: {}');
  expect(takesOperations(root)).toBe(false);
});

test('the option --event is any JSON', () => {
  expect(readEventOption(undefined)).toBeUndefined();
  expect(readEventOption('null')).toBeNull();
  expect(readEventOption('{"orderId":"42"}')).toEqual({ orderId: '42' });
  expect(() => readEventOption('{orderId:42}')).toThrow(UsageError);
  expect(() => readEventOption('{orderId:42}')).toThrow('--event {orderId:42}: must be JSON');
});
