import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDirectory } from './identity/index.ts';
import type { Endpoint } from './pipeline/endpoint.ts';
import { createApiGatewayService } from './services/apigateway/index.ts';
import { createCloudFormationService } from './services/cloudformation/index.ts';
import { createDynamoDbService } from './services/dynamodb/index.ts';
import { createEcrService } from './services/ecr/index.ts';
import { createIamService } from './services/iam/index.ts';
import { createLambdaService } from './services/lambda/index.ts';
import { createLogsService } from './services/logs/index.ts';
import type { ResourceType } from './services/resource-type.ts';
import { createS3Service } from './services/s3/index.ts';
import { createStsService } from './services/sts/index.ts';

const folder = join(__dirname, '..');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');

/** A table's rows: first cell, and the code words of the second. */
function table(firstColumn: string): [name: string, words: string[]][] {
  const start = readme.indexOf(`| ${firstColumn} `);
  const rows = readme.slice(start).split('\n\n', 1)[0]?.split('\n').slice(2) ?? [];
  return rows.map((row) => {
    const [, name = '', words = ''] = row.split('|');
    const codeWords = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
    return [codeWords(name)[0] ?? '', codeWords(words)];
  });
}

const clock = { now: () => new Date(0) };
interface Service {
  readonly endpoint: Endpoint;
  readonly resourceTypes?: readonly ResourceType[];
}
/** What the services are given and do not use until they are asked something. */
const absent = undefined as never;
const services: readonly Service[] = [
  createCloudFormationService({ clock, templates: absent, resourceTypes: [] }),
  createS3Service({ clock, checkPolicy: () => [] }),
  createLogsService({ clock }),
  createIamService(createDirectory({ clock, accountIds: ['111111111111'] })),
  createStsService(createDirectory({ clock, accountIds: ['111111111111'] })),
  createLambdaService({
    clock,
    ...{ authorizer: absent, code: absent, logs: absent, roles: absent },
    environment: () => ({}),
  }),
  createApiGatewayService({ clock, checkPolicy: () => undefined }),
  createDynamoDbService(),
  createEcrService(),
];

test('the table of operations is that of the code', () => {
  expect(table('service')).toEqual(
    services.map(({ endpoint }) => [endpoint.signingName, [...(endpoint.operationNames ?? [])].sort()]),
  );
});

test('the table of resource types is that of the code, with all properties', () => {
  const types = services.flatMap(({ resourceTypes = [] }) => resourceTypes);
  expect(table('resource type')).toEqual(
    types.map(({ typeName, properties }) => [typeName, propertyNames(properties).sort()]),
  );
});

/** The members of an object schema, or of one that something is piped to. */
function propertyNames(schema: object): string[] {
  if ('entries' in schema && typeof schema.entries === 'object') return Object.keys(schema.entries ?? {});
  const first: unknown = 'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe[0] : undefined;
  if (typeof first !== 'object' || first === null) throw new Error('The schema has no entries.');
  return propertyNames(first);
}

describe('the example', () => {
  test('is the one that is type-checked and run here', () => {
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(
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
