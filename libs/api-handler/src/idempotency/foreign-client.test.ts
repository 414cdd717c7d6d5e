import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { apiEvent, lambdaContext } from '../event.testing.ts';
import { apiHandler } from '../index.ts';
import { collectLogs } from '../logged.testing.ts';
import { startFakeTable } from './fake-table.testing.ts';
import { idempotencyTable } from './index.ts';

collectLogs();

const operation = {
  method: 'POST',
  path: '/messages',
  request: v.object({ text: v.string() }),
  response: v.object({ execution: v.number() }),
  idempotencyKey: true,
  status: 201,
} as const;

// curl knows 503 and Retry-After, and no types of problems.
test('a client that knows nothing but HTTP gets the response with one retry, after the wait that the API asks for', async () => {
  const table = await startFakeTable();
  using opened = new DisposableStack();
  opened.defer(() => table.close());
  let executions = 0;
  const begun = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<void>();
  const handler = apiHandler(
    operation,
    async () => {
      executions += 1;
      begun.resolve();
      await refused.promise;
      return { body: { execution: executions } };
    },
    { idempotency: idempotencyTable({ tableName: 'table', executionMs: 1 }) },
  );
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const event = apiEvent({ headers, body: await text(request) });
    const result = await handler(event, lambdaContext(2_500));
    statuses.push(result.statusCode);
    if (result.statusCode === 503) refused.resolve();
    response.writeHead(
      result.statusCode,
      Object.entries(result.headers ?? {})
        .flat()
        .map(String),
    );
    response.end(result.body);
  }).listen(0, '127.0.0.1');
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'a' };
  const first = fetch(url, { method: 'POST', headers, body: '{"text":"a"}' });
  await begun.promise;
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const { stdout } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--fail', '--retry', '1', '--data', '{"text":"a"}', ...given, url],
  ]);
  expect(stdout).toBe('{"execution":1}');
  expect(await (await first).text()).toBe('{"execution":1}');
  expect([executions, statuses]).toEqual([1, [503, 201, 201]]);
});
