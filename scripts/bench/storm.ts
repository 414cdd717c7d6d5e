import { assumeRole, type LambdaContext, type StsClient } from '@cross-account-api/assume-role';
import { type Figure, figure } from '../lib/figures.ts';
import { installVirtualTime, type VirtualTime } from '../lib/virtual-time.ts';

/** The result of a simulation. */
export interface Storm {
  readonly environments: number;
  readonly invocations: number;
  /** Invocations that had no credentials. */
  readonly failed: number;
  /** Invocations that got expired credentials. */
  readonly expired: number;
  readonly stsCalls: number;
  /** Calls that STS throttled. */
  readonly throttled: number;
  /**
   * STS calls a second in the busiest minute while the environments start, and afterwards. The busiest second would be the largest of
   * ten thousand random numbers, and depend on luck more than on the spread of refreshes.
   */
  readonly busiestMinute: { readonly start: number; readonly later: number };
}

/**
 * "Each function scales by 1,000 execution environment instances every 10 seconds."
 * https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
 */
const STARTS_PER_SECOND = 100;

/**
 * Requests a second of one account and region, all callers together.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const STS_PER_SECOND = 600;

const STS_LATENCY_MS = 60;
const INVOCATION_MS = 200;
const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/**
 * Runs the refresh of `assume-role` itself on a virtual clock, in this number of execution environments, against an STS with
 * AWS's quota. The environments start as fast as Lambda starts them, and are invoked about once a minute. Two simulations of the same
 * parameters have the same result.
 * @param hours the length of the simulation
 * @param stsPerSecond the quota of STS
 */
export async function simulateStorm(
  environments: number,
  hours: number,
  stsPerSecond = STS_PER_SECOND,
): Promise<Storm> {
  const time = installVirtualTime(START);
  const end = START + hours * HOUR_MS;
  const calls = { invocations: 0, failed: 0, expired: 0, throttled: 0 };
  const perSecond = Array.from({ length: hours * 3_600 }, () => 0);
  const answer = async () => {
    const second = Math.floor((time.now() - START) / 1_000);
    const count = (perSecond[second] ?? 0) + 1;
    perSecond[second] = count;
    const AccessKeyId = `ASIA${second}of${count}`;
    const Expiration = new Date(time.now() + HOUR_MS);
    await pause(STS_LATENCY_MS);
    if (count <= stsPerSecond) {
      return { Credentials: { AccessKeyId, SecretAccessKey: 'secret', SessionToken: 'token', Expiration } };
    }
    calls.throttled += 1;
    throw Object.assign(new Error('Rate exceeded'), {
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 400 },
    });
  };
  try {
    for (let index = 0; index < environments; index += 1) {
      const start = START + (index / STARTS_PER_SECOND) * 1_000;
      time.at(start, () => runEnvironment(time, { assumeRole: answer }, end, calls));
    }
    await time.runUntil(end);
  } finally {
    time.uninstall();
  }
  const started = environments / STARTS_PER_SECOND + 60;
  return {
    environments,
    ...calls,
    stsCalls: sum(perSecond),
    busiestMinute: {
      start: busiestMinute(perSecond.slice(0, started)),
      later: busiestMinute(perSecond.slice(started)),
    },
  };
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

/** The rate in the minute with the most calls. */
function busiestMinute(perSecond: readonly number[]): number {
  return Math.max(0, ...perSecond.map((_, at) => sum(perSecond.slice(at, at + 60)))) / 60;
}

/** Compares with the targets. Lambda causes the calls of the start. Afterwards, the libraries spread them. */
export function judgeStorm({
  environments,
  invocations,
  failed,
  expired,
  stsCalls,
  throttled,
  busiestMinute: { start, later },
}: Storm): Figure[] {
  const where = `${environments.toLocaleString('en')} environments`;
  const calls = `of ${invocations.toLocaleString('en')}`;
  return [
    figure(`failed calls, ${where}`, calls, failed + expired, { exactly: 0 }),
    figure(`STS calls of an environment and lifetime, ${where}`, '', stsCalls / environments / 4, {
      atMost: 1,
    }),
    figure(`throttled STS calls, ${where}`, '', throttled, { exactly: 0 }),
    figure(`STS calls in the busiest minute of the start, ${where}`, 'a second', start),
    figure(`STS calls in the busiest minute afterwards, ${where}`, 'a second', later, { atMost: start }),
  ];
}

/** Starts an environment, and invokes it until the end. */
function runEnvironment(
  time: VirtualTime,
  client: StsClient,
  end: number,
  calls: { invocations: number; failed: number; expired: number },
): void {
  const role = assumeRole({
    roleArn: 'arn:aws:iam::111111111111:role/invoke',
    sessionName: 'storm',
    fetch: 'init',
    client,
    logger: { warn: () => {} },
  });
  const invoke = async () => {
    const deadline = time.now() + 20_000;
    const request = { context: { getRemainingTimeInMillis: () => deadline - time.now() } as LambdaContext };
    calls.invocations += 1;
    try {
      await role.before(request as never);
      const { assumedRole } = request.context as LambdaContext & {
        assumedRole: { getCredentials(): Promise<{ expiration: Date }> };
      };
      const { expiration } = await assumedRole.getCredentials();
      if (expiration.getTime() <= time.now()) calls.expired += 1;
      await pause(INVOCATION_MS);
      await role.after(request as never);
    } catch {
      calls.failed += 1;
      await role.onError(request as never);
    }
    const next = time.now() + Math.random() * 2 * 60_000;
    if (next < end) time.at(next, () => void invoke());
  };
  void invoke();
}
