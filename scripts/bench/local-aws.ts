import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { join } from 'node:path';
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { deployPair } from '../../libs/cli/src/project/deploy-pair.ts';
import { copyPairProject, pairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { createSteps } from '../../libs/cli/src/steps.ts';
import { readNumber, runCommand } from '../lib/command-line.ts';
import { type Figure, figure, reportFigures } from '../lib/figures.ts';
import { type LocalAwsProcess, startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { type LoadRequest, sendSigned } from './load.ts';
import { deployMockApi } from './mock-api.ts';

const START_UPS = 7;

await runCommand(
  'bench:local-aws',
  'Measures what local AWS costs: its start-up, signed requests for each second of CPU time, memory with both services deployed, and calls of their functions. Exit code 1: a target was missed.',
  {
    seconds: { type: 'string', value: 'N', description: 'How long each rate is measured (default 5)' },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ json = false, seconds }) => {
    const count = readNumber('seconds', seconds, { default: 5, min: 1, max: 600 });
    const steps = createSteps({ quiet: json });
    const figures = [
      await steps.run('Start-up', measureStartUp),
      ...(await steps.run('Signed requests', () => onLocalAws((aws) => measureRates(aws, count)))),
      ...(await steps.run('Both services', () => onLocalAws((aws) => measurePair(aws, count)))),
    ];
    return reportFigures(figures, json);
  },
);

async function onLocalAws<Result>(work: (aws: LocalAwsProcess) => Promise<Result>): Promise<Result> {
  const aws = await startLocalAwsProcess();
  try {
    return await work(aws);
  } finally {
    await aws.close();
  }
}

async function measureStartUp(): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < START_UPS; run += 1)
    times.push(await onLocalAws(async ({ startUpMs }) => startUpMs));
  return figure('start-up until it answers', 'ms', times, { below: 1_000 });
}

/** Requests for each second of the server's process: the time of other processes does not count. */
async function measureRates(aws: LocalAwsProcess, seconds: number): Promise<Figure[]> {
  const { region, port } = aws;
  const { host } = await deployMockApi(aws);
  const load = {
    keys: aws.credentials('111111111111'),
    port,
    connections: 16,
    milliseconds: 1_000,
    agent: new Agent({ keepAlive: true }),
  };
  const measure = async (target: LoadRequest) => {
    await sendSigned({ ...load, target, milliseconds: 2_000 });
    const rates: number[] = [];
    for (let second = 0; second < seconds; second += 1) {
      const before = await aws.usage();
      const { length } = await sendSigned({ ...load, target });
      rates.push((length / ((await aws.usage()).cpuMs - before.cpuMs)) * 1_000);
    }
    return rates;
  };
  const json = { body: '{"foo":"bar"}', headers: { 'content-type': 'application/json' } };
  const mock = { host, path: '/bench/messages', service: 'execute-api', region, ...json };
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const identity = { host: `sts.${region}.amazonaws.com`, path: '/', service: 'sts', region, body };
  const unit = 'a CPU second';
  const figures = [
    figure('signed POST, MOCK integration', unit, await measure(mock), { atLeast: 1_000 }),
    figure('sts:GetCallerIdentity', unit, await measure(identity)),
  ];
  load.agent.destroy();
  return figures;
}

async function measurePair(aws: LocalAwsProcess, seconds: number): Promise<Figure[]> {
  // No call is throttled.
  const settings = { throttlingRateLimit: 10_000, throttlingBurstLimit: 5_000 };
  const project = await deployPair({ localAwsRoot: aws.root, settings, copy: copyPairProject });
  await project.remove();
  const { rssBytes } = await aws.usage({ collectGarbage: true });
  const api = await callApi(aws, seconds);
  const { invoke, close } = openCaller(aws);
  const first = await invoke();
  for (let warm = 0; warm < 20; warm += 1) await invoke();
  const durations: number[] = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) durations.push(await invoke());
  close();
  const note = `the first, cold: ${Math.round(first)} ms`;
  return [
    figure('resident memory, both services deployed and idle', 'MB', rssBytes / 1e6, { below: 150 }),
    figure('a signed GET that a warm function answers', 'ms', api),
    figure('a warm call from account to account', 'ms', durations, { below: 15 }, note),
  ];
}

/** Calls a route like a function's client: with TLS, through the proxy, on one connection. */
async function callApi({ url, root, region, credentials }: LocalAwsProcess, seconds: number) {
  const keys = credentials('111111111111');
  const client = new APIGatewayClient({ endpoint: url, region, credentials: keys });
  const { items = [] } = await client.send(new GetRestApisCommand({}));
  client.destroy();
  const route = readContract(pairProject).operations.find(
    ({ method, path }) => method === 'GET' && !path.includes('{'),
  );
  const agent = new TlsAgent({
    keepAlive: true,
    ca: await readFile(join(root, '.local-aws/ca.pem')),
    proxyEnv: { HTTPS_PROXY: url },
  });
  const target = {
    host: `${items[0]?.id}.execute-api.${region}.amazonaws.com`,
    path: `/local${route?.path}`,
    service: 'execute-api',
    region,
  };
  const load = { target, keys, agent, connections: 1 };
  await sendSigned({ ...load, milliseconds: 1_000 });
  const durations = await sendSigned({ ...load, milliseconds: seconds * 1_000 });
  agent.destroy();
  return durations;
}

/** The function `caller` of stage `local`, which calls the other account. */
function openCaller({ url, region, credentials }: LocalAwsProcess) {
  const client = new LambdaClient({ endpoint: url, region, credentials: credentials('222222222222') });
  const command = () =>
    new InvokeCommand({ FunctionName: stageNames('local', pairProject).caller, Payload: '{}' });
  return {
    /** @returns its duration, in ms */
    async invoke() {
      const start = performance.now();
      const { FunctionError, Payload } = await client.send(command());
      const elapsed = performance.now() - start;
      if (FunctionError === undefined) return elapsed;
      throw new Error(`caller failed: ${Buffer.from(Payload ?? []).toString()}`);
    },
    close: () => client.destroy(),
  };
}
