import { Agent, request } from 'node:http';
import aws4 from 'aws4';
import type { AccessKey } from '../lib/local-aws-process.ts';

/** What the load generator has to do. */
export interface LoadOrder {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** Default: `execute-api` */
  readonly service?: string;
  /** Makes it a POST of this form. */
  readonly form?: string;
  readonly region: string;
  readonly keys: AccessKey;
  readonly connections: number;
  readonly milliseconds: number;
}

/** What the load generator measured. */
export interface LoadResult {
  readonly answered: number;
  readonly elapsedMs: number;
  /** How many responses were not 200, by status. */
  readonly failures: Readonly<Record<string, number>>;
}

const SIGNED = 500;

/** Requests that are signed in advance, so that signing does not limit the rate. Each GET has its own query. */
function signedRequests({ host, path, region, keys, service = 'execute-api', form }: LoadOrder) {
  return Array.from({ length: SIGNED }, (_, index) => {
    const { path: signedPath, headers = {} } = aws4.sign(
      form === undefined
        ? { host, path: `${path}?n=${index}`, service, region }
        : { host, path, service, region, body: form },
      { ...keys },
    );
    return { path: signedPath ?? path, headers, method: form === undefined ? 'GET' : 'POST', body: form };
  });
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const requests = signedRequests(order);
  const agent = new Agent({ keepAlive: true, maxSockets: order.connections });
  const failures: Record<string, number> = {};
  let answered = 0;
  const start = performance.now();
  const end = start + order.milliseconds;
  const one = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const { body, ...signed } = requests[index % SIGNED] ?? {};
      request({ host: '127.0.0.1', port: order.port, ...signed, agent }, (response) => {
        const status = response.statusCode ?? 0;
        if (status !== 200) failures[status] = (failures[status] ?? 0) + 1;
        answered += 1;
        response.resume().on('end', resolve).on('error', reject);
      })
        .on('error', reject)
        .end(body);
    });
  let next = 0;
  await Promise.all(
    Array.from({ length: order.connections }, async () => {
      while (performance.now() < end) await one(next++);
    }),
  );
  agent.destroy();
  return { answered, elapsedMs: performance.now() - start, failures };
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
