import { readFile } from 'node:fs/promises';
import { Agent, get, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { APIGatewayClient, GetRestApisCommand, UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import aws4 from 'aws4';
import { type LocalAwsProcess, startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { packageService } from '../lib/package-service.ts';
import { projectRoot } from '../lib/project.ts';
import { sls } from '../lib/sls.ts';
import { deployServices } from './caller-function.ts';
import { measureInit } from './init.ts';

/** The functions of both services, in the order in which they are reported. */
const functions = ['caller', 'whoami', 'messages'] as const;

/** The name of a function. */
export type FunctionName = (typeof functions)[number];

/** What is measured of a function: the size of its zip file, and how long its module takes to load, in ms. */
export interface FunctionCost {
  readonly zipBytes: number;
  readonly initMs: readonly number[];
}

/** Measures the functions as they are deployed. */
export async function measureFunctions(times: number): Promise<Map<FunctionName, FunctionCost>> {
  const packages = new Map([...(await packageService('caller')), ...(await packageService('api'))]);
  const init = await measureInit(packages, times);
  return new Map(
    functions.map((name) => [
      name,
      { zipBytes: packages.get(name)?.zip.length ?? 0, initMs: init.get(name) ?? [] },
    ]),
  );
}

/** What is measured of a deployment of both services. */
export interface DeploymentCost {
  /** `sls deploy --stage local` of both services, in ms. */
  readonly deployMs: readonly number[];
  /** `sls print` of one service, in ms: what the framework needs before it does anything. A deployment runs it twice. */
  readonly frameworkMs: readonly number[];
  /** A signed `GET /whoami` of one client, in ms. */
  readonly whoamiMs: readonly number[];
  /** Resident memory of local AWS with both services deployed and idle. */
  readonly residentMb: number;
}

const WARM_UP = 50;

/** Deploys both services, and calls `GET /whoami` as account A's administrator. */
export async function measureDeployment(rounds: number, calls: number): Promise<DeploymentCost> {
  const deployMs: number[] = [];
  const frameworkMs: number[] = [];
  let called: Pick<DeploymentCost, 'whoamiMs' | 'residentMb'> | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const aws = await startLocalAwsProcess();
    try {
      deployMs.push(await timed(() => deployServices(aws)));
      const cwd = join(projectRoot, 'services/caller');
      const print = () => sls(['print', '--stage', 'local'], { cwd, localAwsRoot: aws.root });
      frameworkMs.push(await timed(print));
      if (round === rounds - 1) {
        const { rssBytes } = await aws.usage({ collectGarbage: true });
        called = { residentMb: rssBytes / 1_000_000, whoamiMs: await callWhoami(aws, calls) };
      }
    } finally {
      await aws.close();
    }
  }
  return { deployMs, frameworkMs, whoamiMs: [], residentMb: 0, ...called };
}

/** Calls as a function's client does: with TLS, through the proxy, on one connection. */
async function callWhoami(aws: LocalAwsProcess, calls: number): Promise<number[]> {
  const credentials = aws.credentials('111111111111');
  const client = new APIGatewayClient({ endpoint: aws.url, region: aws.region, credentials });
  const { items } = await client.send(new GetRestApisCommand({}));
  const restApiId = items?.[0]?.id ?? '';
  // Higher than any measured rate.
  const limit = (name: string) => ({
    op: 'replace' as const,
    path: `/*/*/throttling/${name}`,
    value: '100000',
  });
  const patchOperations = [limit('rateLimit'), limit('burstLimit')];
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'local', patchOperations }));
  client.destroy();
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: await readFile(join(aws.root, '.local-aws/ca.pem')),
    proxyEnv: { HTTPS_PROXY: aws.url },
  });
  const unsigned = {
    host: `${restApiId}.execute-api.${aws.region}.amazonaws.com`,
    path: '/local/whoami',
    service: 'execute-api',
    region: aws.region,
  };
  const times: number[] = [];
  for (let call = 0; call < WARM_UP + calls; call += 1) {
    const { host, path, headers = {} } = aws4.sign({ ...unsigned }, { ...credentials });
    const ms = await timed(() => expectOk({ host, path, headers, agent }));
    if (call >= WARM_UP) times.push(ms);
  }
  agent.destroy();
  return times;
}

/** @throws Error if the answer is not 200 */
function expectOk(options: RequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    get(options, (response) => {
      const { statusCode } = response;
      response
        .resume()
        .on('error', reject)
        .on('end', () =>
          statusCode === 200 ? resolve() : reject(new Error(`The API answered ${statusCode}.`)),
        );
    }).on('error', reject);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
