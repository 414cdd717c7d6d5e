import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { apiHandler, type Caller, callerScope, HttpError } from '@cross-account-api/api-handler';
import { createDynamoDBClient } from '@cross-account-api/api-handler/dynamodb';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { assumeRole } from '@cross-account-api/assume-role';
import { callerSchema } from '@cross-account-api/contract';
import { fromEnvironment, type SignedFetch, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import * as v from 'valibot';
import type { Handler } from './lambda.ts';
import type { Pair, World } from './pair.ts';
import type { PlannedCall } from './plan.ts';

/** The libraries around handlers that depend on nothing else of the repository. */
export const pair: Pair = {
  api: {
    messages: {
      routes: ['POST /messages', 'POST /boxes/{box}/messages'],
      timeoutMs: 5_000,
      load: (world, remembersKeys) => {
        const store = makeStore(world);
        const answer = (request: Stored & { body: { message: number } }) => store(request.body, request);
        return (
          remembersKeys
            ? apiHandler({ ...messageOperation, ...MARK }, answer, { idempotency: idempotencyTable() })
            : apiHandler(messageOperation, answer)
        ) as Handler;
      },
    },
    pings: {
      routes: ['POST /pings/{message}'],
      timeoutMs: 5_000,
      load: (world, remembersKeys) => {
        const store = makeStore(world);
        const answer = (request: Stored & { pathParameters: { message: string } }) =>
          store({ message: Number(request.pathParameters.message) }, request);
        return (
          remembersKeys
            ? apiHandler({ ...pingOperation, ...MARK }, answer, { idempotency: idempotencyTable() })
            : apiHandler(pingOperation, answer)
        ) as Handler;
      },
    },
    message: { routes: ['GET /messages/{id}'], timeoutMs: 5_000, load: loadReading },
    whoami: {
      routes: ['GET /whoami'],
      timeoutMs: 5_000,
      load: () =>
        apiHandler(whoamiOperation, ({ caller, requestId }) => ({ body: { caller, requestId } })) as Handler,
    },
  },
  caller: { timeoutMs: 20_000, limits: { timeoutMs: 10_000, marginMs: 500 }, load: loadCaller, eventOf },
};

const MARK = { idempotencyKey: true } as const;
const query = v.object({ to: v.optional(v.string()) });
const message = v.looseObject({ message: v.number() });
const identity = { caller: callerSchema, requestId: v.string() };
const stored = v.object({ id: v.string(), received: message, ...identity });

const messageOperation = {
  method: 'POST',
  path: '/messages',
  query,
  request: message,
  response: stored,
  status: 200,
} as const;

/** Without a body. */
const pingOperation = {
  method: 'POST',
  path: '/pings/{message}',
  pathParameters: v.object({ message: v.string() }),
  query,
  response: stored,
  status: 200,
} as const;

const readOperation = {
  method: 'GET',
  path: '/messages/{id}',
  pathParameters: v.object({ id: v.string() }),
  response: v.object({ id: v.string(), body: message, ...identity }),
  status: 200,
} as const;

const whoamiOperation = {
  method: 'GET',
  path: '/whoami',
  response: v.object(identity),
  status: 200,
} as const;

/** What is stored of a request. */
interface Stored {
  readonly query: { readonly to?: string | undefined };
  readonly caller: Caller;
  readonly requestId: string;
  readonly idempotencyToken: string;
}

/** Makes a function that stores a message, and may fail before or after that. */
function makeStore({ callOf, failsNow }: World) {
  const dynamoDb = createDynamoDBClient();
  return async (body: { message: number }, { caller, requestId, query, idempotencyToken: id }: Stored) => {
    const { workMs: [before, after] = [0, 0], failsLate = false } = callOf(body.message) ?? {};
    const failure = failsNow(body.message) ? failureOf(body.message) : undefined;
    await pause(before);
    if (failure !== undefined && !failsLate) throw failure;
    const Item = {
      caller: { S: callerScope(caller.arn) },
      id: { S: id },
      body: { S: JSON.stringify(body) },
      to: { S: query.to ?? '' },
    };
    await dynamoDb.send(new PutItemCommand({ TableName: process.env.MESSAGES_TABLE, Item }));
    await pause(after);
    if (failure !== undefined) throw failure;
    return { body: { id, received: body, caller, requestId } };
  };
}

const failureOf = (message: number) =>
  message % 2 === 0 ? new HttpError(409, 'Not yet.') : new Error('the defect');

function loadReading(): Handler {
  const dynamoDb = createDynamoDBClient();
  return apiHandler(readOperation, async ({ pathParameters: { id }, caller, requestId }) => {
    const Key = { caller: { S: callerScope(caller.arn) }, id: { S: id } };
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName: process.env.MESSAGES_TABLE, Key, ConsistentRead: true }),
    );
    if (Item?.body?.S === undefined) throw new HttpError(404, `There is no message ${id}.`);
    return { body: { id, body: JSON.parse(Item.body.S), caller, requestId } };
  }) as Handler;
}

interface CallerEvent {
  readonly call: PlannedCall;
  readonly stored: string | undefined;
}

/** The event of the caller below. */
function eventOf(call: PlannedCall, stored: string | undefined): CallerEvent {
  return { call, stored };
}

/** A caller as the READMEs of the libraries write it. */
function loadCaller(_world: World, sendsKeys: boolean): Handler {
  const { API_URL = '', API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;
  const client = { baseUrl: API_URL, region: API_REGION };
  const signed =
    INVOKE_ROLE_ARN === undefined
      ? [signedFetch({ ...client, credentials: fromEnvironment })]
      : [
          assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, fetch: 'init' }),
          signedFetch({ ...client, credentials: 'assumedRole' }),
        ];
  return middy()
    .use(signed)
    .handler(async (event: unknown, { api, awsRequestId }) => {
      // What `eventOf` has made.
      const { call, stored } = event as CallerEvent;
      // The middleware ends this call with the invocation.
      if (call.leavesCall && call.target !== 'whoami') void api.json('/whoami').catch(() => {});
      return await send(
        api,
        call,
        stored,
        call.keyless || !sendsKeys ? undefined : (call.key ?? awsRequestId),
      );
    }) as unknown as Handler;
}

async function send(
  api: SignedFetch,
  { target, message, to, isLarge }: PlannedCall,
  stored: string | undefined,
  idempotencyKey: string | undefined,
): Promise<unknown> {
  const query = to === undefined ? {} : { to };
  const json = isLarge ? { message, padding: PADDING } : { message };
  const { status, body, requestId, attempts } = await {
    message: () => api.json('/messages', { query, json, idempotencyKey }),
    box: () => api.json('/boxes/1/messages', { query, json, idempotencyKey }),
    ping: () => api.json(`/pings/${message}`, { method: 'POST', query, idempotencyKey }),
    read: () => api.json(`/messages/${stored ?? 'none'}`),
    whoami: () => api.json('/whoami'),
  }[target]();
  return { status, body, requestId, attempts };
}

/** With it, an item with the message is smaller than 400 KB, and one with the response is larger. */
export const PADDING = 'x'.repeat(408_450);

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
