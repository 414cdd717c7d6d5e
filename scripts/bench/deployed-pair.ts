import { readFile } from 'node:fs/promises';
import { Agent, get, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { APIGatewayClient, GetRestApisCommand, UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import aws4 from 'aws4';
import { deployPair } from '../../libs/cli/src/project/deploy-pair.ts';
import type { ProjectCopy } from '../../libs/cli/src/project/project.ts';
import { type LocalAwsProcess, startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { measureInit } from './init.ts';
import { type FunctionName, packageFunctions, readPackage } from './packages.ts';
import { deployReference, type Pair, readApiOutputs } from './reference-deployment.ts';

/** What is measured of a function: the size of its zip file, and how long its module takes to load, in ms. */
export interface FunctionCost {
  readonly zipBytes: number;
  readonly initMs: readonly number[];
}

/** Measures the functions as they are packaged. */
export async function measureFunctions(times: number): Promise<Map<FunctionName, FunctionCost>> {
  const bundles = await packageFunctions();
  const init = await measureInit(bundles, times);
  return new Map(
    [...bundles].map(([name, { zip }]) => [name, { zipBytes: zip.length, initMs: init.get(name) ?? [] }]),
  );
}

/** What is measured of a deployment of both services. */
export interface DeploymentCost {
  /** `sls deploy --stage local` of both services, in ms. */
  readonly deployMs: readonly number[];
  /** The same two packages with the requests that a deployment needs at least, in ms, in the same rounds. */
  readonly referenceMs: readonly number[];
  /** A signed `GET /whoami` of one client, in ms. */
  readonly whoamiMs: readonly number[];
  /** Resident memory of local AWS with both services deployed and idle. */
  readonly residentMb: number;
}

const WARM_UP = 50;

/** Deploys both services, and calls `GET /whoami` as account A's administrator. */
export async function measureDeployment(rounds: number, calls: number): Promise<DeploymentCost> {
  const deployMs: number[] = [];
  const referenceMs: number[] = [];
  let whoamiMs: readonly number[] = [];
  let residentMb = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const pair = await onLocalAws(async (aws) => {
      const start = performance.now();
      const project = await deployPair({ localAwsRoot: aws.root });
      deployMs.push(performance.now() - start);
      const pair = await readPair(aws, project).finally(() => project.remove());
      if (round === rounds) {
        residentMb = (await aws.usage({ collectGarbage: true })).rssBytes / 1_000_000;
        whoamiMs = await callWhoami(aws, calls);
      }
      return pair;
    });
    referenceMs.push(await onLocalAws((aws) => deployReference(aws, pair)));
  }
  return { deployMs, referenceMs, whoamiMs, residentMb };
}

async function readPair(aws: LocalAwsProcess, project: ProjectCopy): Promise<Pair> {
  const packaged = (service: string) => readPackage(join(project.root, 'services', service));
  return {
    api: await packaged('api'),
    caller: await packaged('caller'),
    outputs: await readApiOutputs(aws),
  };
}

async function onLocalAws<Result>(work: (aws: LocalAwsProcess) => Promise<Result>): Promise<Result> {
  const aws = await startLocalAwsProcess();
  try {
    return await work(aws);
  } finally {
    await aws.close();
  }
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
    const start = performance.now();
    await expectOk({ host, path, headers, agent });
    if (call >= WARM_UP) times.push(performance.now() - start);
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
