import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { assumeRole } from '@cross-account-api/assume-role';
import { SignedFetchError, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { checkIdempotencyKey, hasIdempotencyKey, readApiCall } from './api-call.ts';
import { callLimits } from './call-limits.ts';
import { readEnvironment } from './environment.ts';
import { send } from './send.ts';

const { API_URL, API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID, API_HONOURS_IDEMPOTENCY_KEYS } = readEnvironment(
  process.env,
);
const logger = new Logger();

const client = { ...callLimits, baseUrl: API_URL, region: API_REGION };

const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;

/** The function's own credentials. Lambda renews them with the execution environment. */
const ownCredentials = {
  accessKeyId: AWS_ACCESS_KEY_ID,
  secretAccessKey: AWS_SECRET_ACCESS_KEY,
  sessionToken: AWS_SESSION_TOKEN,
};

/** Signs as the role in account A or, in access mode `resource-policy`, as this function's own role. */
const signed =
  INVOKE_ROLE_ARN === undefined
    ? [signedFetch({ ...client, credentials: ownCredentials })]
    : [
        assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, fetch: 'init', logger }),
        signedFetch({ ...client, credentials: 'assumedRole' }),
      ];

/** Calls the API in account A: `sls invoke -f caller`. */
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
    const call = readApiCall(event);
    checkIdempotencyKey(call, API_HONOURS_IDEMPOTENCY_KEYS);
    // Lambda repeats a failed asynchronous invocation under its request ID: the API still executes the call once.
    const key =
      API_HONOURS_IDEMPOTENCY_KEYS && call.body !== undefined && !hasIdempotencyKey(call)
        ? awsRequestId
        : undefined;
    const { status, body, requestId, attempts } = await send(api, call, key);
    // This ID finds the request in the logs of account A.
    logger.info('called', { path: call.path, status, attempts, apiRequestId: requestId });
    return { status, body, requestId, attempts };
  });
