import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import type { StsClient } from '../sts-client.ts';
import type { FakeRuntime } from './fake-runtime.ts';

/** One request that the fake got; the test answers it. */
export interface StsRequest {
  readonly input: AssumeRoleCommandInput;
  readonly signal: AbortSignal;
  /** Answers with new credentials. */
  succeed(lifetimeSeconds?: number): void;
  /** Answers with an error, as the SDK throws it. */
  fail(name: string, message?: string, details?: { status?: number; code?: string }): void;
}

/** An STS that answers when the test says so, or by itself. For tests. */
export class FakeSts {
  readonly requests: StsRequest[] = [];
  readonly client: StsClient;
  /** Answers each request at once, where set. */
  auto: ((request: StsRequest) => void) | undefined = (request) => request.succeed();

  constructor(runtime: FakeRuntime) {
    const send = (command: { input: AssumeRoleCommandInput }, options: { abortSignal: AbortSignal }) =>
      new Promise((resolve, reject) => {
        const number = this.requests.length + 1;
        const request: StsRequest = {
          input: command.input,
          signal: options.abortSignal,
          succeed: (lifetimeSeconds = 3600) =>
            resolve({
              Credentials: {
                AccessKeyId: `ASIAFAKE000000000${String(number).padStart(3, '0')}`,
                SecretAccessKey: `secret-${number}`,
                SessionToken: `token-${number}`,
                Expiration: new Date(runtime.now() + lifetimeSeconds * 1_000),
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
        options.abortSignal.addEventListener('abort', () =>
          reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' })),
        );
        this.requests.push(request);
        this.auto?.(request);
      });
    this.client = { send } as unknown as StsClient;
  }

  /** The last request. */
  get last(): StsRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('STS got no request');
    return last;
  }
}
