import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges, mayBreak } from './compatibility.ts';
import { openApiDocument } from './document.ts';

const read = (file: string) => JSON.parse(readFileSync(join(__dirname, file), 'utf8'));
const { version } = read('../package.json');
const current = openApiDocument(version);

test('openapi.json is what the schemas say; if not, npm run openapi writes it', () => {
  expect(read('../openapi.json')).toEqual(JSON.parse(JSON.stringify(current)));
});

test('the contract does not break clients of the last release unless its major version is higher', () => {
  const released = read('released.json');
  const breaking = breakingChanges(released, current);
  if (!mayBreak(released.info.version, version)) expect(breaking).toEqual([]);
});

test('the document has both routes, with their bodies and errors', () => {
  expect(Object.keys(current.paths)).toEqual(['/messages', '/whoami']);
  expect(current.paths['/messages']?.post).toMatchObject({
    operationId: 'postMessage',
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/JsonObject' } } } },
    responses: {
      200: {
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: { caller: { $ref: '#/components/schemas/Caller' } },
              required: ['received', 'caller', 'requestId'],
            },
          },
        },
      },
      default: {
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  });
  expect(current.paths['/whoami']?.get?.requestBody).toBeUndefined();
});

test('every reference is to a schema of the document', () => {
  const references = [...JSON.stringify(current).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(references).not.toHaveLength(0);
  for (const name of references) expect(current.components.schemas).toHaveProperty(String(name));
});
