import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { assumeRole } from '@cross-account-api/assume-role';
import { callOperation, createApiClient } from '@cross-account-api/contract';
import { SignedFetchError, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { operations } from '@cross-account-api/operations';
import { callLimits } from './call-limits.ts';
import { readEnvironment } from './environment.ts';
import { idempotencyKeyOf, readEvent } from './event.ts';

const { API_URL, API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID } = readEnvironment(process.env);
const logger = new Logger();

const options = { ...callLimits, baseUrl: API_URL, region: API_REGION };

const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;

/** The function's own credentials. Lambda renews them with the execution environment. */
const ownCredentials = {
  accessKeyId: AWS_ACCESS_KEY_ID,
  secretAccessKey: AWS_SECRET_ACCESS_KEY,
  sessionToken: AWS_SESSION_TOKEN,
};

/** The role in account A. In access mode `resource-policy`, there is none. */
const role =
  INVOKE_ROLE_ARN === undefined
    ? undefined
    : assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, fetch: 'init', logger });

/** Signs as that role, or as this function's own role. */
const signed =
  role === undefined
    ? [signedFetch({ ...options, credentials: ownCredentials })]
    : [role, signedFetch({ ...options, credentials: 'assumedRole' })];

/** Resolves when the role's credentials have been fetched, or could not be. It never rejects: the invocation throws the error. */
export const ready = role?.ready;

/**
 * Calls the API in account A: `sls invoke -f caller`. An empty event makes the call that is written here, any other the call that it
 * asks for. Put your calls in this place. If your function takes other events, delete the line `takesOperations` in serverless.yml.
 */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .use({
    onError: ({ error }) => {
      if (!(error instanceof SignedFetchError)) return;
      // Lambda logs the error itself, as text. This line has the same fields as that of a successful call.
      const { code, attempts, requestId } = error;
      logger.error('failed', { code, attempts: attempts.length, apiRequestId: requestId });
    },
  })
  .use(signed)
  .handler(async (event: unknown, { api, awsRequestId }) => {
    const client = createApiClient(api, operations);
    // Lambda repeats a failed asynchronous invocation under its ID: the API still executes the call once.
    const idempotencyKey = awsRequestId;
    const asked = readEvent(event, operations);
    const { status, body, requestId, attempts } =
      asked === undefined
        ? await client.postMessage({ body: { foo: 'bar' } }, { idempotencyKey })
        : await callOperation(api, asked.operation, asked.input, {
            idempotencyKey: idempotencyKeyOf(asked, awsRequestId),
          });
    // The ID finds the request in the logs of account A.
    logger.info('called', {
      operation: asked?.name ?? 'postMessage',
      status,
      attempts,
      apiRequestId: requestId,
    });
    return { status, body, requestId, attempts };
  });
