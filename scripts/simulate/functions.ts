import { randomUUID } from 'node:crypto';
import { apiHandler, HttpError } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { assumeRole } from '@cross-account-api/assume-role';
import {
  callerSchema,
  callOperation,
  jsonObjectSchema,
  operation,
  type UntypedInput,
} from '@cross-account-api/contract';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import * as v from 'valibot';
import { callLimits } from '../../services/caller/src/call-limits.ts';
import { ADDRESSES } from './api.ts';
import type { Handler } from './lambda.ts';
import type { Call } from './plan.ts';
import type { Stage } from './stage.ts';
import { invokeRole, type Sts } from './sts.ts';

/** The routes of the simulated API. They do not depend on the contract of the services. */
const operations = {
  sendMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Executes a message.',
    request: jsonObjectSchema,
    response: v.object({
      id: v.string(),
      received: jsonObjectSchema,
      caller: callerSchema,
      requestId: v.string(),
    }),
    status: 200,
  }),
  whoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Says who called.',
    response: v.object({ caller: callerSchema, requestId: v.string() }),
    status: 200,
  }),
};

/** The event of a caller. */
export interface CallerEvent {
  readonly operation: keyof typeof operations;
  readonly input?: UntypedInput;
  /** Absent: a message has the ID of the invocation. */
  readonly key?: string | undefined;
}

/** The functions of the API: the real handlers around a message that has one effect. */
export interface ApiOptions {
  /** The table of idempotency keys; `undefined` if the API has none. */
  readonly tableName: string | undefined;
  /** The call to which a message belongs. */
  readonly callOf: (message: number) => Call | undefined;
  /** Is called when a message's handler begins. Returns whether it fails this time. */
  readonly begin: (message: number, requestId: string) => boolean;
  /** The effect. */
  readonly execute: (message: number, requestId: string) => void;
}

/** Makes the handler of `POST /messages`, as services/api has it. */
export function makeMessages({ tableName, callOf, begin, execute }: ApiOptions): Handler {
  return apiHandler(
    operations.sendMessage,
    async ({ body, caller, requestId }) => {
      const message = Number(body.message);
      const { workMs: [before, after] = [0, 0] } = callOf(message) ?? {};
      const fails = begin(message, requestId);
      await pause(before);
      if (fails) throw message % 2 === 0 ? new HttpError(409, 'Not yet.') : new Error('the defect');
      execute(message, requestId);
      await pause(after);
      return { body: { id: randomUUID(), received: body, caller, requestId } };
    },
    { idempotency: idempotencyTable({ tableName: tableName ?? '' }) },
  ) as Handler;
}

/** Makes the handler of `GET /whoami`. */
export function makeWhoami(): Handler {
  return apiHandler(operations.whoami, ({ caller, requestId }) => ({
    body: { caller, requestId },
  })) as Handler;
}

/**
 * Makes the handler of a caller, as services/caller has it: the middlewares, the client, and the rule for keys.
 * @param settings of its deployment
 * @param credentials of its environment
 */
export function makeCaller(
  name: string,
  settings: Readonly<Stage['caller']>,
  credentials: ReturnType<Sts['credentialsOf']>,
  log: (text: string) => void,
): Handler {
  const { accessMode, basePath, externalId, honoursKeys } = settings;
  const client = { ...callLimits, baseUrl: basePath ? ADDRESSES.domain : ADDRESSES.own, region: 'eu-west-1' };
  const own = {
    accessKeyId: credentials.AWS_ACCESS_KEY_ID,
    secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY,
    sessionToken: credentials.AWS_SESSION_TOKEN,
  };
  const signed =
    accessMode === 'resource-policy'
      ? [signedFetch({ ...client, credentials: own })]
      : [
          assumeRole({
            roleArn: invokeRole(name),
            externalId,
            fetch: 'init',
            logger: { warn: (message, details) => log(message + JSON.stringify(details)) },
          }),
          signedFetch({ ...client, credentials: 'assumedRole' }),
        ];
  return middy()
    .use(signed)
    .handler(async (event: unknown, { api, awsRequestId }) => {
      const { operation, input, key } = event as CallerEvent;
      if (key !== undefined && !honoursKeys) throw new Error('The API would not remember the key.');
      const ofPost = operation === 'sendMessage' && awsRequestId;
      const idempotencyKey = honoursKeys && (key ?? ofPost);
      return await callOperation(api, operations[operation], input, { idempotencyKey });
    }) as unknown as Handler;
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
