import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { copyProject } from '../project.ts';
import { sls, slsFailure } from '../sls.ts';
import type { Steps } from '../steps.ts';
import { readExecutions } from './executions.ts';
import { faultMix } from './fault-mix.ts';
import { type Figure, judge, type MessageOutcome } from './figures.ts';
import { sampleHeap } from './heap.ts';
import { Observer } from './observer.ts';
import { sendMessage } from './send-message.ts';

/** How a run is made. */
export interface SoakOptions {
  readonly seed: number;
  /** How many callers send at once. */
  readonly callers: number;
  /** The share of requests that faults strike, from 0 to 1. */
  readonly rate: number;
  /** Told after each message; the run ends when it says so, and what has been begun is done. */
  readonly isOver: (progress: { readonly elapsedMs: number; readonly sent: number }) => boolean;
  readonly maxSessionSeconds?: number;
  readonly skewEvery?: number;
  readonly skewLasts?: number;
  readonly heapIntervalMs?: number;
  readonly steps: Steps;
}

/** What came of a run. */
export interface SoakReport {
  readonly figures: readonly Figure[];
  /** By rule, how many requests it has struck. */
  readonly faults: Readonly<Record<string, number>>;
  /** By error, how many calls failed with it. */
  readonly errors: Readonly<Record<string, number>>;
  /** The failed calls' invocations, to look up in logs. */
  readonly failed: readonly MessageOutcome[];
  readonly durationMs: number;
}

/** Deploys both services to a local AWS of its own, injects faults, and measures how the calls fare. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { steps } = options;
  await using stack = new AsyncDisposableStack();
  const { aws, localAwsRoot } = await steps.run('Start local AWS, two accounts', async () => {
    const root = await mkdtemp(join(tmpdir(), 'local-aws-'));
    stack.defer(() => rm(root, { recursive: true, force: true }));
    const started = await startLocalAws({ port: 0, root });
    stack.defer(() => started.close());
    return { aws: started, localAwsRoot: root };
  });
  await steps.run('sls deploy --stage local', async () => {
    const project = await copyProject();
    stack.defer(() => project.remove());
    const result = await sls(['deploy', '--stage', 'local'], { cwd: project.root, localAwsRoot });
    if (result.exitCode !== 0) throw new Error(slsFailure(result));
  });
  // Awaited here: the stack is taken down on return.
  return await steps.run(`Call, ${options.callers} at once, with faults`, () => soak(aws, options));
}

async function soak(aws: LocalAws, options: SoakOptions): Promise<SoakReport> {
  const { seed, callers, rate, isOver } = options;
  const client = { endpoint: aws.url, region: aws.instance.region };
  const lambda = new LambdaClient({
    ...client,
    credentials: administrator(aws, 'local-caller'),
    // What fails is to be seen, not smoothed over.
    maxAttempts: 1,
    requestHandler: { httpAgent: { maxSockets: callers }, requestTimeout: 60_000 },
  });
  const logs = new CloudWatchLogsClient({ ...client, credentials: administrator(aws, 'local-api') });
  const observer = new Observer(aws);
  aws.faults.set(
    faultMix({
      seed,
      rate,
      maxSessionSeconds: options.maxSessionSeconds ?? 15,
      skewEvery: options.skewEvery ?? 600,
      skewLasts: options.skewLasts ?? 120,
    }),
  );
  const heap = options.heapIntervalMs === undefined ? undefined : sampleHeap(options.heapIntervalMs);
  const messages: MessageOutcome[] = [];
  const start = performance.now();
  let sent = 0;
  const sender = async () => {
    while (!isOver({ elapsedMs: performance.now() - start, sent })) {
      sent += 1;
      messages.push(await sendMessage(lambda, sent, (id) => observer.endedByFault.has(id)));
    }
  };
  await Promise.all(Array.from({ length: callers }, sender));
  const durationMs = Math.round(performance.now() - start);
  heap?.stop();
  aws.faults.clear();
  observer.stop();

  const executions = await readExecutions(logs);
  lambda.destroy();
  logs.destroy();
  const { invocationOf, stsUse, requests } = observer;
  const failed = messages.filter(({ outcome }) => outcome !== 'accepted');
  return {
    figures: judge({ messages, invocationOf, executions, stsUse, requests, heap: heap?.samples ?? [] }),
    faults: Object.fromEntries([...observer.struckBy].sort(([a], [b]) => (a < b ? -1 : 1))),
    errors: countBy(failed, ({ error }) => error ?? 'unknown'),
    failed,
    durationMs,
  };
}

function administrator({ instance, directory }: LocalAws, profile: string) {
  const account = instance.accounts.find((one) => one.profile === profile);
  if (account === undefined) throw new Error(`local AWS has no account with the profile ${profile}.`);
  const { accessKeyId, secretAccessKey } = directory.administrator(account.accountId);
  return { accessKeyId, secretAccessKey };
}

function countBy<Item>(items: readonly Item[], key: (item: Item) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
