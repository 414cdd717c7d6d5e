import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { terminalPalette } from '@cross-account-api/local-aws/cli';
import { deployPair } from '../libs/cli/src/project/deploy-pair.ts';
import { stageNames } from '../libs/cli/src/project/stage-settings.ts';
import { createSteps } from '../libs/cli/src/steps.ts';
import { measureDecisionCost } from './bench/decision-cost.ts';
import { type Figure, figure, renderFigures } from './bench/figures.ts';
import { deployMockApi } from './bench/mock-api.ts';
import { canPin } from './bench/pinned.ts';
import { measureRateOf } from './bench/rate.ts';
import { readNumber, runCommand } from './lib/command-line.ts';
import { type LocalAwsProcess, startLocalAwsProcess } from './lib/local-aws-process.ts';

const START_UPS = 7;
const IDLE_MS = 5_000;
const INVOCATIONS = 200;
const MEGABYTE = 1_000_000;

await runCommand(
  'bench:local-aws',
  'Compares local AWS with its targets: the time of a decision, signed requests a second on one core, start-up, memory, and the call from account to account. Exit code 1: a target was missed.',
  {
    seconds: {
      type: 'string',
      value: 'N',
      description: 'How long each rate is measured (default 5)',
    },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ json = false, seconds }) => {
    const rateSeconds = readNumber('seconds', seconds, { default: 5, min: 1, max: 600, fractions: true });
    const steps = createSteps({ quiet: json });
    const figures: Figure[] = [];
    await steps.run('Decisions', async () => {
      const costs = await measureDecisionCost(rateSeconds * 1000);
      const note = 'routing, signature, identity and resource policy, answer, trace';
      figures.push(figure('a signed request, decided and answered', 'ms', costs, { below: 1.5 }, note));
    });
    await steps.run('Signed requests a second', async () => {
      figures.push(...(await measureRate(rateSeconds)));
    });
    await steps.run('Start-up', async () => {
      figures.push(await measureStartUp());
    });
    await steps.run('Both services', async () => {
      figures.push(...(await measureServices()));
    });
    const met = figures.every((one) => one.met);
    if (json) {
      const machine = {
        cpu: cpus()[0]?.model,
        cores: cpus().length,
        node: process.version,
        pinned: canPin(),
      };
      process.stdout.write(`${JSON.stringify({ met, machine, figures }, null, 2)}\n`);
    } else {
      process.stdout.write(`\n${renderFigures(figures, terminalPalette).join('\n')}\n`);
    }
    return met ? 0 : 1;
  },
);

async function measureRate(seconds: number): Promise<Figure[]> {
  const { rates, perCpuSecond, share } = await measureRateOf(deployMockApi, seconds);
  const where = canPin() ? 'pinned to one core' : 'not pinned';
  const name = 'signed requests, MOCK integration';
  const note = `${where}, ${Math.round(share * 100)} % of it used`;
  return [
    figure(name, 'requests/s', rates, { atLeast: 1000 }, note),
    figure('the same for each second of CPU time', 'requests/s', perCpuSecond, { atLeast: 1000 }),
  ];
}

async function measureStartUp(): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < START_UPS; run += 1) {
    const server = await startLocalAwsProcess();
    times.push(server.startUpMs);
    await server.close();
  }
  return figure('start-up until it answers', 'ms', times, { below: 1000 });
}

async function measureServices(): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const server = await startLocalAwsProcess();
  stack.defer(() => server.close());
  const project = await deployPair({ localAwsRoot: server.root });
  stack.defer(() => project.remove());
  await sleep(IDLE_MS);
  const { rssBytes } = await server.usage();
  const { invoke, close } = openCaller(server);
  stack.defer(close);
  const first = await invoke();
  for (let warm = 0; warm < 20; warm += 1) await invoke();
  const durations: number[] = [];
  for (let run = 0; run < INVOCATIONS; run += 1) durations.push(await invoke());
  const parallel = await Promise.allSettled(Array.from({ length: 20 }, invoke));
  const succeeded = parallel.filter(({ status }) => status === 'fulfilled').length;
  return [
    figure('resident memory, both services deployed and idle', 'MB', rssBytes / MEGABYTE, { below: 150 }),
    figure(
      'a warm call from account to account',
      'ms',
      durations,
      { below: 15 },
      `the first, cold: ${Math.round(first)} ms`,
    ),
    figure('parallel calls that succeed', 'of 20', succeeded, { atLeast: 20 }),
  ];
}

/** The function `caller` of stage `local`, which calls the other account. */
function openCaller({ url, credentials }: LocalAwsProcess) {
  const client = new LambdaClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: credentials('222222222222'),
  });
  const command = () => new InvokeCommand({ FunctionName: stageNames('local').caller, Payload: '{}' });
  return {
    /** @returns how long it took, in ms */
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
