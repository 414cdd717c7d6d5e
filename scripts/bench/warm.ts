import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../libs/local-aws/src/network/certificate-authority.ts';
import { type Figure, figure, ratios, spreadOf } from '../lib/figures.ts';
import { nodeFlags } from '../lib/project.ts';

/** What the process that calls is told. */
export interface WarmRequest {
  readonly baseUrl: string;
  readonly region: string;
  /** Calls at once. */
  readonly inFlight: number;
  readonly rounds: number;
}

/** The costs of a warm call in one round: of signed-fetch, and of aws4fetch with Node's `fetch`. */
export interface WarmCosts {
  readonly cpuMicroseconds: readonly [number, number];
  readonly bytes: readonly [number, number];
}

/** At most this multiple of the CPU time of aws4fetch with Node's `fetch`, one call after the other and 50 at once. */
export const WARM_CLAIM = 1.1;

/**
 * Measures the second and later calls of a process over TLS, without a retry, beside those of aws4fetch with Node's `fetch`. CPU time and
 * allocations are those of a process that does nothing else; the server has its own.
 * @param rounds batches of 300 calls of each client, by turns
 */
export async function measureWarm(rounds: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-warm-'));
  const authority = await createCertificateAuthority(['localhost']);
  await authority.addHost('localhost');
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, authority.certificatePem);
  const server = createServer(
    {
      SNICallback: (host, done) =>
        void authority.secureContext(host).then((context) => done(null, context), done),
    },
    (request, response) => {
      request.resume().on('end', () => {
        response.setHeader('content-type', 'application/json');
        response.setHeader('x-amzn-requestid', '0b0ad4bc-38a6-44f5-9ef8-4f3d1ea3d7d6');
        response.end('{"id":"0b0ad4bc-38a6-44f5-9ef8-4f3d1ea3d7d6","foo":"bar"}');
      });
    },
  );
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `https://localhost:${(server.address() as AddressInfo).port}/dev`;
  const run = (inFlight: number, count: number, flags: readonly string[]) =>
    runCalls({ baseUrl, region: 'eu-central-1', inFlight, rounds: count }, ca, flags);
  try {
    const figures: Figure[] = [];
    for (const inFlight of [1, 50]) {
      const cpu = (await run(inFlight, rounds, [])).map(({ cpuMicroseconds }) => cpuMicroseconds);
      // A young generation that takes all of a batch: nothing is collected while it is measured.
      const young = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];
      const bytes = (await run(inFlight, 5, young)).map((costs) => costs.bytes);
      const [ours, peer] = [cpu.map(([one]) => one), cpu.map(([, other]) => other)];
      const kilobytes = (at: 0 | 1) => Math.round(spreadOf(bytes.map((pair) => pair[at])).median / 1_000);
      figures.push(
        figure(
          `warm call, CPU time, ${inFlight} in flight: this project ÷ aws4fetch`,
          '×',
          ratios(ours, peer),
          { atMost: WARM_CLAIM },
          `${Math.round(spreadOf(ours).median)} µs and ${kilobytes(0)} KB allocated; aws4fetch ${Math.round(spreadOf(peer).median)} µs and ${kilobytes(1)} KB`,
        ),
      );
    }
    return figures;
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
}

async function runCalls(request: WarmRequest, ca: string, flags: readonly string[]): Promise<WarmCosts[]> {
  const child = fork(join(import.meta.dirname, 'warm-calls.ts'), {
    execArgv: [...nodeFlags, ...flags],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
  });
  const answer = once(child, 'message');
  const end = once(child, 'exit').then(() => {
    throw new Error('The process that calls ended without an answer.');
  });
  child.send(request);
  const [rounds] = await Promise.race([answer, end]);
  return rounds;
}
