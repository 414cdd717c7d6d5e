import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { assumeRole } from '@cross-account-api/assume-role';
import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

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

/** Begins a handler that calls the API: its context has `api`. Each function has other variables, and so another role. */
export const callsApi = () =>
  middy()
    .use(injectLambdaContext(logger))
    .use(
      role === undefined
        ? [signedFetch({ ...options, credentials: fromEnvironment })]
        : [role, signedFetch({ ...options, credentials: 'assumedRole' })],
    );

function variable(name: string): string {
  const { [name]: value } = process.env;
  if (!value) throw new Error(`The function has no environment variable ${name}. serverless.yml sets it.`);
  return value;
}
