import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { modelOf, bareServices as services } from './all-services.testing.ts';
import { marksOf } from './protocols/without-effect.ts';
import { inertTypes } from './services/inert/index.ts';

const folder = join(__dirname, '..');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const reference = readFileSync(join(folder, 'REFERENCE.md'), 'utf8');

/** A table's rows: first cell, and the code words of the second. */
function table(firstColumn: string): [name: string, words: string[]][] {
  const start = reference.indexOf(`| ${firstColumn} `);
  const rows = reference.slice(start).split('\n\n', 1)[0]?.split('\n').slice(2) ?? [];
  return rows.map((row) => {
    const [, name = '', words = ''] = row.split('|');
    const codeWords = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
    return [codeWords(name)[0] ?? '', codeWords(words)];
  });
}

test('the table of operations is that of the code', () => {
  expect(table('service')).toEqual(
    services.map(({ endpoint }) => [
      modelOf(endpoint),
      (endpoint.operations ?? []).map(({ name }) => name).sort(),
    ]),
  );
});

test('the table of resource types is that of the code, with all properties', () => {
  const types = services.flatMap(({ resourceTypes = [] }) => resourceTypes);
  expect(table('resource type')).toEqual(
    types.map(({ typeName, properties }) => [typeName, propertyNames(properties).sort()]),
  );
});

test('the list of resource types without an effect is that of the code', () => {
  const [, list = ''] = /^Types without effect: (.*)\.$/m.exec(reference) ?? [];
  expect([...list.matchAll(/`(AWS::[^`]+)`/g)].map(([, name]) => name)).toEqual(Object.keys(inertTypes));
});

test('the tables of members without effect are those of the code', () => {
  const marked = (name: string, schema: v.GenericSchema) => {
    const byReason = Object.groupBy(marksOf(schema), ({ reason }) => reason);
    const cells = Object.entries(byReason).map(
      ([reason, same = []]) => `${same.map(({ path }) => `\`${path}\``).join(', ')}: ${reason}`,
    );
    return cells.length === 0 ? [] : [`| \`${name}\` | ${cells.join('; ')} |`];
  };
  const types = services.flatMap(({ resourceTypes = [] }) =>
    resourceTypes.flatMap(({ typeName, properties }) => marked(typeName, properties)),
  );
  expect(rows('type with properties')).toEqual(types);
  const byText = Object.groupBy(
    services.flatMap(({ endpoint }) =>
      (endpoint.operations ?? []).flatMap(({ name, input }) =>
        marksOf(input ?? v.unknown()).map(({ path, reason }) => ({
          text: `\`${path}\`: ${reason}`,
          operation: `${modelOf(endpoint)}:${name}`,
        })),
      ),
    ),
    ({ text }) => text,
  );
  expect(rows('operations with members')).toEqual(
    Object.entries(byText).map(
      ([text, same = []]) => `| ${same.map(({ operation }) => `\`${operation}\``).join(', ')} | ${text} |`,
    ),
  );
});

/** The lines of a table below its head. */
function rows(firstColumn: string): string[] {
  const start = reference.indexOf(`| ${firstColumn} `);
  return reference.slice(start).split('\n\n', 1)[0]?.split('\n').slice(2) ?? [];
}

/** The members of an object schema, or of one that something is piped to. */
function propertyNames(schema: object): string[] {
  if ('entries' in schema && typeof schema.entries === 'object') return Object.keys(schema.entries ?? {});
  const first: unknown = 'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe[0] : undefined;
  if (typeof first !== 'object' || first === null) throw new Error('The schema has no entries.');
  return propertyNames(first);
}

describe('the example', () => {
  test('is the one that is type-checked and run here', () => {
    expect(/^## In code\n\n```ts\n(.*?)```/ms.exec(readme)?.[1]).toBe(
      readFileSync(join(folder, 'examples/start.ts'), 'utf8'),
    );
  });

  test('reads back what it wrote, and shows who did it', async () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      const { readBack } = await import('../examples/start.ts');
      expect(await readBack('hello')).toBe('hello');
      expect(log.mock.calls.map(([line]) => line)).toEqual([
        'arn:aws:iam::111111111111:user/administrator CreateBucket 200',
        'arn:aws:iam::111111111111:user/administrator PutObject 200',
        'arn:aws:iam::111111111111:user/administrator GetObject 200',
      ]);
    } finally {
      log.mockRestore();
    }
  });
});
