import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { assumeRole } from '@cross-account-api/assume-role';
import { callAsked, createApiClient } from '@cross-account-api/contract';
import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { operations } from '@cross-account-api/operations';

const { INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;
const logger = new Logger();
const options = { baseUrl: variable('API_URL'), region: variable('API_REGION'), logger };

/** The role in account A. In access mode `resource-policy` there is none, and the function signs as itself. */
const role =
  (INVOKE_ROLE_ARN ?? EXTERNAL_ID) === undefined
    ? undefined
    : assumeRole({
        roleArn: variable('INVOKE_ROLE_ARN'),
        externalId: variable('EXTERNAL_ID'),
        fetch: 'init',
        logger,
      });

/** Resolves when the role's credentials have been fetched, or could not be: then the invocation throws the error. */
export const ready = role?.ready;

/** Calls the API in account A: `sls invoke -f caller`. Put your calls in the place of `postMessage`. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(
    role === undefined
      ? [signedFetch({ ...options, credentials: fromEnvironment })]
      : [role, signedFetch({ ...options, credentials: 'assumedRole' })],
  )
  .handler(async (event: unknown, { api, awsRequestId }) => {
    // If your function takes other events, delete these two lines, and `takesOperations` in serverless.yml.
    const asked = await callAsked(event, operations, api, awsRequestId);
    if (asked) return asked;

    const client = createApiClient(api, operations);
    // Lambda repeats a failed asynchronous invocation under its ID: the API still executes the call once.
    const { status, body, requestId, attempts } = await client.postMessage(
      { body: { foo: 'bar' } },
      { idempotencyKey: awsRequestId },
    );
    return { status, body, requestId, attempts };
  });

function variable(name: string): string {
  const { [name]: value } = process.env;
  if (!value) throw new Error(`The function has no environment variable ${name}. serverless.yml sets it.`);
  return value;
}
