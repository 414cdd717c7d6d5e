import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  STSClient,
} from '@aws-sdk/client-sts';
import { AssumeRoleDenied, CredentialsUnavailable } from './errors.ts';

/**
 * Credentials of an assumed role. They fit `AwsCredentialIdentity` of AWS SDK v3.
 * @example const { accessKeyId, expiration }: RoleCredentials = await context.assumedRole.getCredentials();
 */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they expire, by STS's clock. */
  readonly expiration: Date;
}

/**
 * The part of `STSClient` of AWS SDK v3 that is used. It is written out so that this package's types need neither the
 * SDK's nor Node's.
 */
export interface StsClient {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

/** What STS is asked for, and how. */
export interface RoleRequest {
  readonly client: StsClient;
  /** The parameters of AssumeRole, as AWS SDK v3 names them. */
  readonly input: {
    readonly RoleArn: string;
    readonly RoleSessionName: string | undefined;
    readonly [parameter: string]: unknown;
  };
  /** How long one STS request may take, in milliseconds. */
  readonly attemptTimeoutMs: number;
}

const clients = new Map<string | undefined, StsClient>();

/**
 * The STS client of a region. Roles in one region share it. The SDK asks the region's own endpoint.
 *
 * - `maxAttempts: 1`: the SDK does not know how much time the invocation has, so retries happen here.
 * - No keep-alive: with one request an hour, a kept connection is always a dead one.
 */
export function stsClient(region: string | undefined): StsClient {
  let client = clients.get(region);
  if (client === undefined) {
    const agent = { keepAlive: false };
    const requestHandler = { httpsAgent: agent, httpAgent: agent };
    client = new STSClient({ ...(region !== undefined && { region }), maxAttempts: 1, requestHandler });
    clients.set(region, client);
  }
  return client;
}

/** New credentials, and when STS was asked for them, in milliseconds since the epoch. */
export interface Refreshed {
  readonly credentials: RoleCredentials;
  readonly asked: number;
}

/** Why there are no credentials. */
export type RefreshError = AssumeRoleDenied | CredentialsUnavailable;

/**
 * How a refresh came out. It is a value, because nobody may be there to catch an exception. `'abandoned'`: it was stopped,
 * or frozen in between. This says nothing about STS, and a new refresh must begin.
 */
export type RefreshOutcome = Refreshed | RefreshError | 'abandoned';

/** No deadline. */
export const NEVER = Number.POSITIVE_INFINITY;

/** A running process is never this late with its timers. One that is has been frozen. In milliseconds. */
const LATENESS_MS = 1_000;

/**
 * One refresh: asks STS until it gives credentials or refuses, or until the time is up. Repeats transient failures after
 * growing, jittered pauses.
 */
export class Refresh {
  readonly #request: RoleRequest;
  readonly #result = Promise.withResolvers<RefreshOutcome>();
  readonly #over = this.#result.promise.then(() => undefined);
  readonly #stopped = new AbortController();
  #deadline: number;
  /** When the current request or pause will be over. */
  #stepEnds = NEVER;
  #attempts = 0;
  #failure: StsFailure | undefined;
  /** Whether a user with valid credentials waited for it in vain. No such user waits for it again. */
  slow = false;

  /** @param deadline when its time is up, in milliseconds since the epoch */
  constructor(request: RoleRequest, deadline: number) {
    this.#request = request;
    this.#deadline = deadline;
  }

  /** Resolves with the outcome. Never rejects. */
  get outcome(): Promise<RefreshOutcome> {
    return this.#result.promise;
  }

  /**
   * Starts it.
   * @param settle called with the outcome at the moment when it is decided, so that nobody joins a refresh that is over
   */
  async run(settle: (outcome: RefreshOutcome) => void): Promise<void> {
    const end = (outcome: RefreshOutcome): void => {
      settle(outcome);
      this.#result.resolve(outcome);
    };
    for (let skewed = false; ; ) {
      const asked = Date.now();
      const patience = Math.min(this.#request.attemptTimeoutMs, this.#deadline - asked);
      if (patience <= 0) return end(this.error());
      const answer = await this.#ask(patience);
      if ('accessKeyId' in answer) return end({ credentials: answer, asked });
      if (this.interrupted()) return end('abandoned');

      this.#failure = answer;
      const again = answer.kind === 'transient' || (answer.kind === 'skewed' && !skewed);
      // With a skewed clock, the SDK has just learnt STS's time. There is nothing to wait for.
      const pause = answer.kind === 'skewed' ? 0 : retryDelay(this.#attempts, Math.random());
      if (!again || Date.now() + pause >= this.#deadline) return end(this.error());
      skewed ||= answer.kind === 'skewed';
      await this.#step(pause, this.#over);
      if (this.interrupted()) return end('abandoned');
    }
  }

  /** Lets it go on until this deadline, if that is later than its own. In milliseconds since the epoch. */
  extend(deadline: number): void {
    this.#deadline = Math.max(this.#deadline, deadline);
  }

  /** Stops it. What STS still answers is ignored. */
  stop(): void {
    this.#stopped.abort();
    this.#result.resolve('abandoned');
  }

  /**
   * Whether it was stopped, or the process was frozen meanwhile: the timer of its current step did not fire in time.
   * This recognizes a freeze without a timer in the background, and on resuming, before any event is handled.
   */
  interrupted(): boolean {
    return this.#stopped.signal.aborted || Date.now() > this.#stepEnds + LATENESS_MS;
  }

  /** What to tell a user whose time is up, or everybody if it has failed. */
  error(): RefreshError {
    const { RoleArn: roleArn, ExternalId } = this.#request.input;
    const { kind, code, reason, requestId, caller } = this.#failure ?? NO_ANSWER;
    if (kind === 'denied') {
      return new AssumeRoleDenied({ roleArn, caller, sentExternalId: ExternalId !== undefined, requestId });
    }
    return new CredentialsUnavailable({
      roleArn,
      attempts: this.#attempts,
      reason: `${code}: ${reason}`,
      remedy: remedyFor(kind, code),
      reasonCode: code,
      requestId,
    });
  }

  /** Asks STS once. */
  async #ask(patience: number): Promise<RoleCredentials | StsFailure> {
    this.#attempts += 1;
    const timeout = new AbortController();
    const signal = AbortSignal.any([this.#stopped.signal, timeout.signal]);
    const answer = requestCredentials(this.#request, signal).catch(readStsFailure);
    const result = await this.#step(patience, Promise.race([answer, this.#over]));
    // Ends a request that takes too long.
    timeout.abort();
    return result ?? NO_ANSWER;
  }

  #step<Value>(ms: number, promise: Promise<Value>): Promise<Value | undefined> {
    this.#stepEnds = Date.now() + ms;
    return within(ms, promise);
  }
}

/**
 * How long to wait after the n-th failure: a random time up to a bound that doubles ("full jitter").
 * @param failures how many there were, from 1
 * @param random a number in [0, 1)
 * @returns milliseconds
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(failures: number, random: number): number {
  return random * Math.min(2_000, 100 * 2 ** (failures - 1));
}

/**
 * Waits for a promise, but not longer than `ms` milliseconds. The timer does not outlive the wait.
 * @returns `undefined` if the time was up first
 */
export async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | undefined> {
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  // A longer delay than this would fire at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
  const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1), undefined);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function requestCredentials(
  { client, input }: RoleRequest,
  abortSignal: AbortSignal,
): Promise<RoleCredentials> {
  const command = new AssumeRoleCommand(input as AssumeRoleCommandInput);
  const { Credentials } = (await client.send(command, { abortSignal })) as AssumeRoleCommandOutput;
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(Expiration instanceof Date)) {
    throw Object.assign(new Error('STS sent no complete credentials'), { name: 'InvalidResponse' });
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
   * - `skewed`: the signature's time was off. The SDK has corrected its clock by the response, so one more try is due
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

const CLOCK = /^Request(?:Expired|TimeTooSkewed|InTheFuture)$/;

const BUSY = /Throttl|LimitExceeded|TooManyRequests|Timeout/;

const NETWORK = new Set(
  (
    'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN ENOBUFS EAI_AGAIN ' +
    'ENOTFOUND EMFILE ERR_SOCKET_CONNECTION_TIMEOUT'
  ).split(' '),
);

/**
 * Reads what `STSClient.send` rejected with. Only text is kept: the error holds the whole response, which must not get
 * into a log as a `cause`.
 */
export function readStsFailure(thrown: unknown): StsFailure {
  const error: Readonly<Record<string, unknown>> = Object(thrown);
  const metadata: Readonly<Record<string, unknown>> = Object(error.$metadata);
  const message = text(error.message) ?? '';
  const name = (text(error.name) ?? 'Error').replace(/Exception$/, '');
  const code = text(error.code) ?? wrappedCode(message) ?? name;
  return {
    kind: kindOf(name, code, Number(metadata.httpStatusCode), message),
    code,
    reason: withoutRequest(message) || code,
    requestId: text(metadata.requestId),
    caller: /\bUser: (arn:[!-~]{1,2048}) is not authorized/.exec(message)?.[1],
  };
}

function kindOf(name: string, code: string, status: number, message: string): StsFailure['kind'] {
  if (name === 'AccessDenied') return 'denied';
  if (CLOCK.test(name)) return 'skewed';
  if (name === 'SignatureDoesNotMatch' && /expired|not yet current/i.test(message)) return 'skewed';
  const transient = BUSY.test(name) || NETWORK.has(code) || status === 429 || status >= 500;
  return transient ? 'transient' : 'permanent';
}

/** What to do about a failure, by its kind and code. */
function remedyFor(kind: StsFailure['kind'], code: string): string {
  if (kind === 'transient') return 'No time was left. Invoke again, or give the function a longer timeout';
  if (kind === 'skewed') return "Set the machine's clock";
  if (/Polic/.test(code)) return 'Correct or shorten policy, policyArns and tags';
  if (/Region/.test(code)) return 'Activate STS for this region, or use another';
  if (/Token|Client|Credentials|Signature/.test(code)) {
    return "Check the function's own credentials (AWS_ACCESS_KEY_ID and so on)";
  }
  return 'Correct what STS says, and deploy again';
}

/** A message without the canonical request that STS adds to `SignatureDoesNotMatch`: it holds the session token. */
function withoutRequest(message: string): string {
  return message
    .replace(/The Canonical String.*/s, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 1_000);
}

/** Node's error code in the text to which the SDK reduces errors of another realm, such as Jest's. */
function wrappedCode(message: string): string | undefined {
  const found = /^AWS SDK error wrapper for .*?(?:\b(E[A-Z_]{3,20})\b|socket hang up)/.exec(message);
  return found === null ? undefined : (found[1] ?? 'ECONNRESET');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
