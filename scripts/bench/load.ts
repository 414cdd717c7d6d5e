import { type Agent, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import aws4 from 'aws4';
import type { AccessKey } from '../lib/local-aws-process.ts';

/** A request: a GET, or a POST if it has a body. */
export interface LoadRequest {
  readonly host: string;
  readonly path: string;
  /** Signing name, e.g. `execute-api`. */
  readonly service: string;
  readonly region: string;
  readonly body?: string;
  /** Default for a body: a form */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The load: its requests, its connections and its duration. */
export interface Load {
  readonly target: LoadRequest;
  readonly keys: AccessKey;
  /** The agent of each connection: one of `node:http`, which sends to `port` of this machine, or one of `node:https`. */
  readonly agent: Agent | TlsAgent;
  readonly port?: number;
  /** The number of concurrent requests. */
  readonly connections: number;
  readonly milliseconds: number;
}

/**
 * Sends signed requests. The server's process measures its time itself, so the time of this process does not matter.
 * @returns the duration of each request, in ms
 * @throws Error if a response is not 200
 */
export async function sendSigned({ target, keys, agent, port, connections, milliseconds }: Load) {
  const one = () =>
    new Promise<number>((resolve, reject) => {
      const { method = 'GET', headers = {} } = aws4.sign(
        { ...target, headers: { ...target.headers } },
        { ...keys },
      );
      const start = performance.now();
      const isTls = agent instanceof TlsAgent;
      const address = isTls ? { host: target.host } : { host: '127.0.0.1', port };
      (isTls ? tlsRequest : request)(
        { ...address, path: target.path, method, headers, agent },
        (response) => {
          const { statusCode } = response;
          response
            .resume()
            .on('error', reject)
            .on('end', () => {
              if (statusCode === 200) resolve(performance.now() - start);
              else reject(new Error(`${method} ${target.host}${target.path} answered ${statusCode}.`));
            });
        },
      )
        .on('error', reject)
        .end(target.body);
    });
  const end = performance.now() + milliseconds;
  const durations: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) durations.push(await one());
    }),
  );
  return durations;
}
