import { once } from 'node:events';
import { createServer, type RequestOptions, request } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request that the fake received. */
export interface Sent {
  /** With the stage and the query, such as `GET /dev/whoami`. */
  readonly route: string;
  /** The header `Idempotency-Key`. */
  readonly key: string | undefined;
  readonly body: string;
}

/** How the fake answers a request: status, headers, body. */
export type Answer = (
  sent: Sent,
) => readonly [status: number, headers: Record<string, string>, body: unknown];

/**
 * Starts an API on this machine. What the code under test sends to any host over HTTPS comes here.
 * @param answer can be set again for each test
 */
export async function startFakeApi(answer: Answer) {
  const api = { answer, sent: [] as Sent[] };
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const key = incoming.headers['idempotency-key']?.toString();
    const sent = { route: `${incoming.method} ${incoming.url}`, key, body };
    api.sent.push(sent);
    const [status, headers, answered] = api.answer(sent);
    response.writeHead(status, headers).end(JSON.stringify(answered));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const spy = jest.spyOn(https, 'request').mockImplementation(((url: string, options: RequestOptions) => {
    const { pathname, search } = new URL(url);
    return request(`http://127.0.0.1:${port}${pathname}${search}`, options);
  }) as typeof https.request);
  return Object.assign(api, {
    close() {
      spy.mockRestore();
      server.closeAllConnections();
      server.close();
    },
  });
}
