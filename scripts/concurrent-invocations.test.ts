import { AsyncLocalStorage } from 'node:async_hooks';
import { apiHandler } from '@cross-account-api/api-handler';
import { type AssumeRoleInput, assumeRole } from '@cross-account-api/assume-role';
import { createApiClient, operation } from '@cross-account-api/contract';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import * as v from 'valibot';
import { apiEvent, lambdaContext } from '../libs/api-handler/src/event.testing.ts';
import { collectLogs } from '../libs/api-handler/src/logged.testing.ts';

/*
 * Lambda Managed Instances run several invocations at once in one environment, which share handler and global state: in Node.js, 64 for
 * each vCPU. https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-nodejs-runtime.html
 */

const COUNT = 64;

/**
 * What belongs to one invocation. Powertools keeps the fields of log lines in it, by the members of the runtime's own store
 * (@aws/lambda-invoke-store, which Jest cannot load: it imports dynamically).
 */
const invocations = new AsyncLocalStorage<Record<PropertyKey, unknown>>();
const InvokeStore = {
  hasContext: () => invocations.getStore() !== undefined,
  get: (key: PropertyKey) => invocations.getStore()?.[key],
  set: (key: PropertyKey, value: unknown) => Object.assign(invocations.getStore() ?? {}, { [key]: value }),
  getXRayTraceId: () => undefined,
};
const { AWS_LAMBDA_MAX_CONCURRENCY: before } = process.env;
beforeAll(() => {
  // The runtime sets both in such an environment.
  process.env.AWS_LAMBDA_MAX_CONCURRENCY = String(COUNT);
  Object.assign(globalThis, { awslambda: { InvokeStore } });
});
afterAll(() => {
  if (before === undefined) delete process.env.AWS_LAMBDA_MAX_CONCURRENCY;
  Reflect.deleteProperty(globalThis, 'awslambda');
});
const logged = collectLogs();

/** Some invocations have too little time, and to others the API is busy at first. */
const isLate = (id: number) => id % 16 === 5;
const isBusy = (id: number) => id % 8 === 1;

const echo = operation({
  method: 'POST',
  path: '/echoes/{id}',
  summary: 'Answers with what it gets.',
  pathParameters: v.object({ id: v.string() }),
  request: v.object({ text: v.string() }),
  response: v.object({ id: v.string(), text: v.string(), caller: v.string(), token: v.string() }),
  status: 200,
  example: { pathParameters: { id: '1' }, body: { text: 'a' } },
});

/** A handler of the API, in one environment, too. It waits, so that all are in it at once. */
function startApi(together: Promise<void>) {
  return apiHandler(echo, async ({ pathParameters: { id }, body: { text }, caller, idempotencyToken }) => {
    await together;
    return { body: { id, text, caller: caller.arn, token: idempotencyToken } };
  });
}

test('64 invocations at once in one environment share credentials, and mix up nothing', async () => {
  const stsRequests: AssumeRoleInput[] = [];
  let letGo = () => {};
  const together = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const answering = startApi(together);
  const attempts = new Map<string, number>();
  let waiting = 0;

  const fetch: typeof globalThis.fetch = async (input, { headers, body, signal } = {}) => {
    const id = new URL(String(input)).pathname.split('/').at(-1) ?? '';
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    waiting += attempt === 1 ? 1 : 0;
    if (waiting === COUNT) letGo();
    if (isLate(Number(id))) {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    }
    if (attempt === 1 && isBusy(Number(id))) return Response.json({ message: 'busy' }, { status: 429 });
    const event = apiEvent({
      headers: Object.fromEntries(new Headers(headers)),
      path: `/echoes/${id}`,
      resourcePath: echo.path,
      pathParameters: { id },
      body: new TextDecoder().decode(body as Uint8Array),
      userArn: `arn:aws:sts::111111111111:assumed-role/invoke/${id}`,
    });
    const result = await invocations.run({}, () => answering(event, lambdaContext(60_000)));
    return new Response(result.body, {
      status: result.statusCode,
      headers: { 'content-type': String(result.headers?.['Content-Type']) },
    });
  };

  const handler = middy<number, object>()
    .use(
      assumeRole({
        roleArn: 'arn:aws:iam::111111111111:role/invoke',
        sessionName: 'caller',
        client: {
          async assumeRole(request) {
            stsRequests.push(request);
            const Expiration = new Date(Date.now() + 3_600_000);
            return {
              Credentials: {
                AccessKeyId: 'ASIAFAKE000000000001',
                SecretAccessKey: 'secret',
                SessionToken: 'token',
                Expiration,
              },
            };
          },
        },
      }),
    )
    .use(
      signedFetch({
        baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
        fetch,
        credentials: 'assumedRole',
      }),
    )
    .handler(async (id, { api, awsRequestId }) => {
      const { body, attempts } = await createApiClient(api, { echo }).echo({
        id: String(id),
        body: { text: `text of ${awsRequestId}` },
      });
      return { ...body, attempts };
    });

  const invoke = (id: number) => {
    const end = Date.now() + (isLate(id) ? 1_000 : 60_000);
    const context = { awsRequestId: `invocation-${id}`, getRemainingTimeInMillis: () => end - Date.now() };
    return handler(id, context as never).catch((error: Error) => ({ error: error.name }));
  };
  const answers = await Promise.all(Array.from({ length: COUNT }, (_, id) => invoke(id)));

  expect(stsRequests).toHaveLength(1);
  const tokens = new Set<unknown>();
  for (const [id, answer] of answers.entries()) {
    if (isLate(id)) {
      expect(answer).toEqual({ error: 'DeadlineExceeded' });
      continue;
    }
    expect(answer).toEqual({
      id: String(id),
      text: `text of invocation-${id}`,
      caller: `arn:aws:sts::111111111111:assumed-role/invoke/${id}`,
      token: expect.any(String),
      attempts: isBusy(id) ? 2 : 1,
    });
    tokens.add('token' in answer && answer.token);
  }
  const answered = answers.flatMap((answer) => ('caller' in answer ? [answer.caller] : []));
  expect(logged.map(({ caller }) => caller).toSorted()).toEqual(answered.toSorted());
  expect(tokens.size).toBe(COUNT - answers.filter((answer) => 'error' in answer).length);
});
