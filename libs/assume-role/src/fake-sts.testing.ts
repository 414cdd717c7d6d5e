import type { AssumeRoleInput, StsClient } from './sts.ts';

export const roleArn = 'arn:aws:iam::111111111111:role/api-dev-invoke';

/** One request that the fake got. The test answers it. */
export interface StsRequest {
  readonly input: AssumeRoleInput;
  readonly signal: AbortSignal;
  /** Answers with new credentials. */
  succeed(lifetimeSeconds?: number): void;
  /** Answers with an error, as the SDK throws it. */
  fail(name: string, message?: string, details?: { status?: number; code?: string }): void;
}

/** An STS that answers when the test says so, or by itself. */
export class FakeSts {
  readonly requests: StsRequest[] = [];
  readonly client: StsClient;
  /** Answers each request at once, if set. */
  auto: ((request: StsRequest) => void) | undefined = (request) => request.succeed();
  /** Whether a request ends when its signal aborts, as the SDK's does. */
  honoursAbort = true;

  constructor() {
    const assumeRole: StsClient['assumeRole'] = (input, options) =>
      new Promise((resolve, reject) => {
        const number = this.requests.length + 1;
        const request: StsRequest = {
          input,
          signal: options.abortSignal,
          succeed: (lifetimeSeconds = 3600) =>
            resolve({
              Credentials: {
                AccessKeyId: `ASIAFAKE000000000${String(number).padStart(3, '0')}`,
                SecretAccessKey: `secret-${number}`,
                SessionToken: `token-${number}`,
                Expiration: new Date(Date.now() + lifetimeSeconds * 1_000),
              },
            }),
          fail: (name, message = 'it failed', { status = 400, code } = {}) =>
            reject(
              Object.assign(new Error(message), {
                name,
                ...(code !== undefined && { code }),
                $metadata: { httpStatusCode: status, requestId: `request-${number}` },
                $response: { headers: { 'x-amz-security-token': 'must not be seen' } },
              }),
            ),
        };
        options.abortSignal.addEventListener('abort', () => {
          if (this.honoursAbort) {
            reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
          }
        });
        this.requests.push(request);
        this.auto?.(request);
      });
    this.client = { assumeRole };
  }

  /** The last request. */
  get last(): StsRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('STS got no request');
    return last;
  }
}

/** Time stands still until a test moves it, and chance gives 0.5. */
export function holdTime(): void {
  jest.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z') });
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
}

export function releaseTime(): void {
  jest.useRealTimers();
  jest.restoreAllMocks();
}

/** Lets time pass in a process that runs: timers fire when they are due. */
export async function advance(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

/** Lets everything happen that needs no time to pass. */
export async function settle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
}

/** Lets time pass while the process is frozen: no timer fires, and timers count on from there. */
export function freeze(ms: number): void {
  jest.setSystemTime(Date.now() + ms);
}

/** A promise's state once everything has happened that needs no time to pass. */
export async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = 'pending';
  promise.then(
    () => {
      state = 'resolved';
    },
    () => {
      state = 'rejected';
    },
  );
  await settle();
  return state;
}
