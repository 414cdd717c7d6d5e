import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { assumeRole } from '@cross-account-api/assume-role';
import { createApiClient, type JsonObject } from '@cross-account-api/contract';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { operations } from '@cross-account-api/operations';
import { sendToBoth } from './send-to-both.ts';

const logger = new Logger();

const role = assumeRole({
  roleArn: variable('INVOKE_ROLE_ARN'),
  externalId: variable('EXTERNAL_ID'),
  fetch: 'init',
  logger,
});
const billingRole = assumeRole({
  contextKey: 'billingRole',
  roleArn: variable('BILLING_INVOKE_ROLE_ARN'),
  externalId: variable('BILLING_EXTERNAL_ID'),
  fetch: 'init',
  logger,
});

/** Resolves when the credentials of both roles have been fetched, or could not be: then the invocation throws the error. */
export const ready = Promise.all([role.ready, billingRole.ready]);

/** Sends an order to both APIs. */
export const handler = middy<JsonObject>()
  .use(injectLambdaContext(logger))
  .use([
    role,
    signedFetch({
      baseUrl: variable('API_URL'),
      region: variable('API_REGION'),
      credentials: 'assumedRole',
      logger,
    }),
  ])
  .use([
    billingRole,
    signedFetch({
      contextKey: 'billing',
      baseUrl: variable('BILLING_API_URL'),
      region: variable('BILLING_API_REGION'),
      credentials: 'billingRole',
      logger,
    }),
  ])
  .handler((event, { api, billing, awsRequestId }) => {
    const clients = {
      api: createApiClient(api, operations),
      billing: createApiClient(billing, operations),
    };
    return sendToBoth(event, clients, awsRequestId);
  });

function variable(name: string): string {
  const { [name]: value } = process.env;
  if (!value) throw new Error(`The function has no environment variable ${name}. serverless.yml sets it.`);
  return value;
}
