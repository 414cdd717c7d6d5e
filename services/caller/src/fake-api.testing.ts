import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the fake received. */
export interface Sent {
  /** With the stage and the query, such as `GET /dev/whoami`. */
  readonly route: string;
  /** The header `Idempotency-Key`. */
  readonly key: string | undefined;
  readonly body: string;
}

/** Answers a request: status, headers, body. */
export type Answer = (
  sent: Sent,
) => readonly [status: number, headers: Record<string, string>, body: unknown];

/**
 * Starts an API on this machine, for code that calls one.
 * @param answer can be set again for each test
 */
export async function startFakeApi(answer: Answer) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = request.headers['idempotency-key']?.toString();
    const sent = { route: `${request.method} ${request.url}`, key, body };
    api.sent.push(sent);
    const [status, headers, answered] = api.answer(sent);
    response.writeHead(status, headers).end(JSON.stringify(answered));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`,
    answer,
    sent: [] as Sent[],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}
