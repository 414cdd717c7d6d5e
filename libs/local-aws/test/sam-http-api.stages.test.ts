import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSamExpander } from '../src/services/cloudformation/engine/template/sam.ts';
import { parseTemplate } from '../src/services/cloudformation/engine/template/template.ts';
import { hasTranslator } from './article/article.testing.ts';
import { A, type Running, startRunning } from './running.testing.ts';

/* HTTP APIs of AWS SAM: a document of OpenAPI in `Body`, and a stage. */

const file = (name: string) => readFile(join(__dirname, 'sam-http-api', name), 'utf8');

let running: Running;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  running = await startRunning();
  ids = await running.deploy(A, 'http-api', JSON.parse(await file('expanded.json')));
});
afterAll(async () => {
  await running?.close();
  expect(running?.defects).toEqual([]);
});

(hasTranslator() ? test : test.skip)(
  'AWS’s translator expands the template to what is committed.',
  async () => {
    const expanded = await createSamExpander()(
      parseTemplate(await file('template.yml')),
      'us-east-1',
      new Map(),
    );
    expect(expanded).toEqual(JSON.parse(await file('expanded.json')));
  },
);

const hostOf = (api: string) => `${ids[api]}.execute-api.us-east-1.amazonaws.com`;

/** Sends a request without a signature. */
const send = (api: string, method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  running.send({ method, path, headers: { host: hostOf(api), ...headers }, body: '' });

test.each([
  ['Api', 'POST', '/greet', { version: '2.0', route: 'POST /greet' }],
  ['Api', 'GET', '/items/7', { version: '1.0', route: '/items/{id}' }],
  ['Api', 'DELETE', '/anything/else', { version: '2.0', route: '$default' }],
  ['Staged', 'PUT', '/dev/files/a/b', { version: '2.0', route: 'PUT /files/{path+}' }],
])('The HTTP API %s answers the signed request %s %s.', async (api, method, path, answer) => {
  const toSign = { host: hostOf(api), method, path, service: 'execute-api' };
  const signed = await running.call(toSign, running.administrator(A));
  expect([signed.answer.status, JSON.parse(signed.answer.body)]).toEqual([200, answer]);
});

test('An HTTP API refuses requests without a signature, except on a route without an authorizer.', async () => {
  const unsigned = await send('Api', 'POST', '/greet');
  expect([unsigned.answer.status, unsigned.answer.body]).toEqual([403, '{"message":"Forbidden"}']);
  expect((await send('Api', 'GET', '/health')).answer.status).toBe(200);
});

test('An HTTP API answers preflight requests as its document says.', async () => {
  const headers = { origin: 'https://example.com', 'access-control-request-method': 'PUT' };
  const { answer } = await send('Staged', 'OPTIONS', '/dev/files/a', headers);
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': 'https://example.com',
    'access-control-allow-methods': 'PUT',
  });
});
