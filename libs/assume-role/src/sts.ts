import { type AssumeRoleInput, type StsClient, stsError } from './client.ts';
import { AssumeRoleDenied, CredentialsUnavailable } from './errors.ts';

/** Credentials of an assumed role. They fit `AwsCredentialIdentity` of AWS SDK v3. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they expire, by STS's clock. */
  readonly expiration: Date;
}

/** What STS is asked for, and how. */
export interface RoleRequest {
  readonly client: StsClient;
  readonly input: AssumeRoleInput;
  readonly attemptTimeoutMs: number;
}

/** New credentials, and when STS was asked for them, in milliseconds since the epoch. */
export interface Refreshed {
  readonly credentials: RoleCredentials;
  readonly asked: number;
}

/** Why there are no credentials. */
export type RefreshError = AssumeRoleDenied | CredentialsUnavailable;

/**
 * How a refresh came out. A value, because nobody may be there to catch an exception. `'abandoned'`: it was stopped, or
 * frozen in between. This says nothing about STS, and a new refresh must begin.
 */
export type RefreshOutcome = Refreshed | RefreshError | 'abandoned';

/** A process that is so late with its timers was frozen. */
const LATENESS_MS = 1_000;

/** A refresh in flight. */
export type Refresh = ReturnType<typeof startRefresh>;

/**
 * Asks STS until it gives credentials or refuses, or until the deadline (milliseconds since the epoch). Repeats transient
 * failures after growing, jittered pauses.
 */
export function startRefresh({ client, input, attemptTimeoutMs }: RoleRequest, deadline: number) {
  const firstFailure = Promise.withResolvers<void>();
  const stopped = new AbortController();
  let attempts = 0;
  let failure = NO_ANSWER;
  let stepEnds = deadline;

  const step = <Value>(ms: number, work: Work<Value>): Promise<Value | undefined> => {
    stepEnds = Date.now() + ms;
    return within(ms, work, stopped.signal);
  };
  // A frozen process does not see its timers fire in time. This needs no timer in the background, and tells on resuming,
  // before any event is handled.
  const interrupted = (): boolean => stopped.signal.aborted || Date.now() > stepEnds + LATENESS_MS;
  const error = (): RefreshError => toError(input, attempts, failure);
  const run = async (): Promise<RefreshOutcome> => {
    for (let clockCorrected = false; ; ) {
      const asked = Date.now();
      const patience = Math.min(attemptTimeoutMs, deadline - asked);
      if (patience <= 0) return error();
      attempts += 1;
      const answer = await step(patience, (signal) => ask(client, input, signal).catch(readStsFailure));
      if (answer !== undefined && 'accessKeyId' in answer) return { credentials: answer, asked };
      if (interrupted()) return 'abandoned';

      failure = answer ?? NO_ANSWER;
      firstFailure.resolve();
      if (failure.kind === 'skewed' && !clockCorrected) {
        // The client has just learnt STS's time. There is nothing to wait for.
        clockCorrected = true;
        continue;
      }
      const pause = retryDelay(attempts, Math.random());
      if (failure.kind !== 'transient' || Date.now() + pause >= deadline) return error();
      await step(pause, () => new Promise<never>(() => {}));
      if (interrupted()) return 'abandoned';
    }
  };
  return {
    /** Never rejects. */
    outcome: run(),
    /** Resolves when the first attempt has failed. */
    failed: firstFailure.promise,
    /** Lets it go on until this deadline, if that is later than its own. */
    extend: (later: number): void => {
      deadline = Math.max(deadline, later);
    },
    /** Whether it was stopped, or the process was frozen meanwhile. */
    interrupted,
    /** What to tell a user whose time is up. */
    error,
    /** What STS still answers is ignored. */
    stop: (): void => stopped.abort(),
  };
}

/**
 * How long to wait after the n-th failure in milliseconds: a random time up to a bound that doubles ("full jitter").
 * @param random a number in [0, 1)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(failures: number, random: number): number {
  return random * Math.min(2_000, 100 * 2 ** (failures - 1));
}

/** Gets a signal that ends it when nobody waits for it any more. */
type Work<Value> = (signal: AbortSignal) => Promise<Value>;

/** Waits for some work, but not longer than `ms` milliseconds. Returns `undefined` if the time was up, or at a stop. */
export async function within<Value>(
  ms: number,
  work: Work<Value>,
  stopped?: AbortSignal,
): Promise<Value | undefined> {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => {
    resolve(undefined);
    controller.abort();
  };
  stopped?.addEventListener('abort', end);
  // A longer delay than this would fire at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
  const timer = setTimeout(end, Math.min(ms, 2 ** 31 - 1));
  try {
    return await Promise.race([work(controller.signal), over]);
  } finally {
    clearTimeout(timer);
    stopped?.removeEventListener('abort', end);
  }
}

/** What STS clients resolve to. */
interface Answer {
  readonly Credentials?: {
    readonly AccessKeyId?: string;
    readonly SecretAccessKey?: string;
    readonly SessionToken?: string;
    readonly Expiration?: Date;
  };
}

async function ask(
  client: StsClient,
  input: RoleRequest['input'],
  abortSignal: AbortSignal,
): Promise<RoleCredentials> {
  const { Credentials }: Answer = Object(await client.assumeRole(input, { abortSignal }));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  // The time of a date that could not be read is NaN.
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration?.getTime()) {
    throw stsError('InvalidResponse', 'STS sent no complete credentials');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

/** What a failed STS request means. */
export interface StsFailure {
  /**
   * - `denied`: STS refuses AssumeRole
   * - `transient`: STS throttled, failed or was out of reach. The next try may succeed
   * - `skewed`: the signature's time was off. The client has corrected its clock by the response, so one more try is due
   * - `permanent`: the next try would fail in the same way
   */
  readonly kind: 'denied' | 'transient' | 'skewed' | 'permanent';
  /** STS's error code, Node's, or the error's name. */
  readonly code: string;
  /** What happened, without secrets. */
  readonly reason: string;
  readonly requestId?: string | undefined;
  /** The caller's ARN, if STS names it. */
  readonly caller?: string | undefined;
}

const NO_ANSWER: StsFailure = { kind: 'transient', code: 'Timeout', reason: 'STS did not answer in time' };

const BUSY = /Throttl|LimitExceeded|Timeout/;

const SKEWED = /^(?:RequestExpired|SignatureDoesNotMatch: Signature (?:expired|not yet current))/;

/** Errors of the operating system (`ECONNRESET`), the resolver and the connection. */
const NETWORK = /^(?:E[A-Z]+|EAI_AGAIN|ERR_SOCKET_CONNECTION_TIMEOUT)$/;

/** Reads what an STS client rejected with. Keeps text only: an error of the SDK holds the whole response, with its secrets. */
export function readStsFailure(thrown: unknown): StsFailure {
  const error: Readonly<Record<string, unknown>> = Object(thrown);
  const { httpStatusCode, requestId }: typeof error = Object(error.$metadata);
  const message = text(error.message) ?? '';
  const name = (text(error.name) ?? 'Error').replace(/Exception$/, '');
  const code = text(error.code) ?? name;
  // STS adds the canonical request to `SignatureDoesNotMatch`. It holds the session token.
  const [said = ''] = message.split('The Canonical String', 1);
  return {
    kind: kindOf(name, code, Number(httpStatusCode), message),
    code,
    reason:
      said
        .replaceAll(/[\s\p{Cc}]+/gu, ' ')
        .trim()
        .slice(0, 1_000) || code,
    requestId: text(requestId),
    caller: /User: (arn:\S+) is not authorized/.exec(message)?.[1],
  };
}

function kindOf(name: string, code: string, status: number, message: string): StsFailure['kind'] {
  if (name === 'AccessDenied') return 'denied';
  if (SKEWED.test(`${name}: ${message}`)) return 'skewed';
  return BUSY.test(name) || NETWORK.test(code) || status === 429 || status >= 500 ? 'transient' : 'permanent';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toError(input: RoleRequest['input'], attempts: number, failure: StsFailure): RefreshError {
  const { kind, code, reason, requestId, caller } = failure;
  const roleArn = input.RoleArn;
  if (kind === 'denied') {
    return new AssumeRoleDenied({ roleArn, caller, requestId }, input.ExternalId !== undefined);
  }
  const facts = { roleArn, attempts, reasonCode: code, requestId };
  return new CredentialsUnavailable(facts, reason, remedyFor(kind, code));
}

function remedyFor(kind: StsFailure['kind'], code: string): string {
  if (kind === 'transient') return 'Invoke again, or give the function a longer timeout';
  if (kind === 'skewed') return "Set the machine's clock";
  if (/Polic/.test(code)) return 'Correct or shorten the session policies and tags';
  if (/Region/.test(code)) return 'Activate STS for this region, or use another';
  if (/Token|Client|Credentials|Signature/.test(code)) {
    return "Check the program's own credentials";
  }
  return 'Correct what STS says, and deploy again';
}
