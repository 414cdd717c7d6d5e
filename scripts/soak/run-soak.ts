import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { FaultPlanInput } from '@cross-account-api/local-aws/faults';
import { deployPair } from '../../libs/cli/src/project/deploy-pair.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { callControl } from '../../libs/local-aws/src/control/client.ts';
import { FAULTS_PATH } from '../../libs/local-aws/src/faults/index.ts';
import type { Figure } from '../lib/figures.ts';
import { type LocalAwsProcess, startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { ExecutionLog } from './execution-log.ts';
import { faultMix } from './fault-mix.ts';
import { judge, type MessageOutcome } from './judge.ts';
import type { ObservedEvent } from './observed-local-aws.ts';
import { Observer } from './observer.ts';
import { EXECUTOR } from './pair.ts';
import { rotateExternalId } from './rotate-external-id.ts';
import { sendMessage } from './send-message.ts';

/** Far below the limit of the API's stage (100 requests a second), so that only faults throttle. */
const CALLS_PER_SECOND = 40;

/** Local AWS only keeps the latest lines of a log. */
const LOG_INTERVAL_MS = 3_000;

const MAX_SESSION_SECONDS = 15;

/** The most rounds in which all callers call at once, until all succeed. */
const MAX_STARTS = 5;

/** Options of a run. */
export interface SoakOptions {
  readonly seed: number;
  /** The number of callers that send at once. */
  readonly callers: number;
  /** The share of requests that faults strike, from 0 to 1. */
  readonly rate: number;
  /** Called after each message. The run ends when it returns `true`; messages that were sent are completed. */
  readonly isOver: (progress: { readonly elapsedMs: number; readonly sent: number }) => boolean;
  readonly maxSessionSeconds?: number;
  readonly skewEvery?: number;
  readonly skewLasts?: number;
  /** The times of memory measurements. Default: never */
  readonly memory?: { readonly fromMs: number; readonly everyMs: number };
  /** Ends the deployment; the calls end with `isOver`. */
  readonly signal?: AbortSignal;
  readonly steps: Steps;
}

/** Result of a run. */
export interface SoakReport {
  readonly figures: readonly Figure[];
  /** The number of requests that each rule has struck. */
  readonly faults: Readonly<Record<string, number>>;
  /** The number of calls that failed with each error. */
  readonly errors: Readonly<Record<string, number>>;
  /** The failed calls, whose invocations can be looked up in logs. */
  readonly failed: readonly MessageOutcome[];
  /** Memory of local AWS's process, in bytes and in the order of measurement. */
  readonly memory: readonly number[];
  readonly durationMs: number;
}

/** Deploys the pair of the tests to a new local AWS, injects faults, and measures how the calls succeed. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { steps, signal } = options;
  await using stack = new AsyncDisposableStack();
  let observer = new Observer();
  const aws = await steps.run('Start local AWS, two accounts', async () => {
    const started = await startLocalAwsProcess<ObservedEvent>({
      script: join(import.meta.dirname, 'observed-local-aws.ts'),
      onEvent: (event) => observer.observe(event),
    });
    stack.defer(() => started.close());
    return started;
  });
  await steps.run('sls deploy --stage local', async () => {
    const project = await deployPair({ localAwsRoot: aws.root, signal, copy: copyPairProject });
    stack.defer(() => project.remove());
  });
  await steps.run('Start the functions', () => startFunctions(aws, options));
  // Their start is not judged.
  observer = new Observer();
  // Awaited here: the stack is taken down on return.
  return await steps.run(`Call, ${options.callers} at once, with faults`, () => soak(aws, observer, options));
}

/**
 * Calls without faults until all callers succeed at once. To start all functions at once, a busy machine needs longer than the calls
 * may take: faults from the start on would judge the machine.
 * @throws Error if they never do
 */
async function startFunctions(aws: LocalAwsProcess, options: SoakOptions): Promise<void> {
  const { maxSessionSeconds = MAX_SESSION_SECONDS } = options;
  await setFaults(aws, { maxSessionSeconds, rules: [] });
  const lambda = lambdaClient(aws, options);
  const call = () => sendMessage(lambda, 0, async () => false);
  let failed: MessageOutcome | undefined;
  for (let round = 0; round < MAX_STARTS && options.signal?.aborted !== true; round += 1) {
    const outcomes = await Promise.all(Array.from({ length: options.callers }, call));
    failed = outcomes.find(({ outcome }) => outcome !== 'accepted');
    if (failed === undefined) break;
  }
  lambda.destroy();
  if (failed !== undefined) {
    const { error, reason = '' } = failed;
    throw new Error(
      `Calls fail without any fault. The machine may be too busy: try fewer --callers. ${error}: ${reason}`,
    );
  }
}

function lambdaClient(aws: LocalAwsProcess, { callers }: SoakOptions): LambdaClient {
  return new LambdaClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: aws.credentials('222222222222'),
    // No retries: every failure counts.
    maxAttempts: 1,
    requestHandler: { httpAgent: { maxSockets: callers }, requestTimeout: 60_000 },
  });
}

async function soak(aws: LocalAwsProcess, observer: Observer, options: SoakOptions): Promise<SoakReport> {
  const { seed, callers, rate, isOver } = options;
  const lambda = lambdaClient(aws, options);
  const ofApi = { endpoint: aws.url, region: aws.region, credentials: aws.credentials('111111111111') };
  const logs = new CloudWatchLogsClient(ofApi);
  const iam = new IAMClient(ofApi);
  await setFaults(
    aws,
    faultMix({
      seed,
      rate,
      maxSessionSeconds: options.maxSessionSeconds ?? MAX_SESSION_SECONDS,
      skewEvery: options.skewEvery ?? 1_500,
      skewLasts: options.skewLasts ?? 300,
    }),
  );
  const endedByFault = async (requestId: string) => {
    await aws.usage();
    return observer.endedByFault.has(requestId);
  };
  const executions = new ExecutionLog(logs, EXECUTOR);
  const messages: MessageOutcome[] = [];
  const memory: number[] = [];
  const delay = monitorEventLoopDelay();
  delay.enable();
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  let sent = 0;
  let done = false;
  const over = () => isOver({ elapsedMs: elapsed(), sent });
  const sender = async () => {
    while (!over()) {
      sent += 1;
      const next = elapsed() + (callers / CALLS_PER_SECOND) * 1_000;
      messages.push(await sendMessage(lambda, sent, endedByFault));
      await sleep(Math.max(0, next - elapsed()));
    }
  };
  const measureMemory = async ({ fromMs, everyMs }: NonNullable<SoakOptions['memory']>) => {
    for (let next = fromMs; ; next += everyMs) {
      await sleep(Math.max(0, next - elapsed()), undefined, { ref: false });
      // The last calls may take a while without any load, which would lower the second half.
      if (over()) return;
      memory.push((await aws.usage({ collectGarbage: true })).usedBytes);
    }
  };
  const readLog = async () => {
    while (!done) {
      await sleep(LOG_INTERVAL_MS, undefined, { ref: false });
      await executions.read();
    }
  };
  const background = [
    readLog(),
    rotateExternalId(iam, () => done),
    ...(options.memory === undefined ? [] : [measureMemory(options.memory)]),
  ];
  await Promise.all(Array.from({ length: callers }, sender));
  done = true;
  delay.disable();
  const durationMs = Math.round(elapsed());
  await setFaults(aws, undefined);
  await Promise.all(background);
  await aws.usage();
  await executions.read();
  lambda.destroy();
  logs.destroy();
  iam.destroy();
  const { invocationOf, stsUse, requests } = observer;
  const failed = messages.filter(({ outcome }) => outcome !== 'accepted');
  return {
    figures: judge({
      messages,
      invocationOf,
      executions: executions.requestIds,
      stsUse,
      requests,
      memory,
      latenessMs: Math.round(delay.max / 1e6),
    }),
    faults: Object.fromEntries([...observer.struckBy].sort(([a], [b]) => (a < b ? -1 : 1))),
    errors: countErrors(failed),
    failed,
    memory,
    durationMs,
  };
}

async function setFaults(aws: LocalAwsProcess, plan: FaultPlanInput | undefined): Promise<void> {
  const { ok, document } =
    plan === undefined
      ? await callControl(aws, 'DELETE', FAULTS_PATH)
      : await callControl(aws, 'PUT', FAULTS_PATH, JSON.stringify(plan));
  if (!ok) throw new Error(`The fault plan was refused: ${JSON.stringify(document)}`);
}

function countErrors(failed: readonly MessageOutcome[]): Record<string, number> {
  const byError = Map.groupBy(failed, ({ error = 'unknown' }) => error);
  return Object.fromEntries([...byError].map(([error, all]) => [error, all.length]));
}
