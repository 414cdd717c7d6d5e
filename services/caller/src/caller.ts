import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { assumeRole } from '@cross-account-api/assume-role';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { readApiCall } from './api-call.ts';
import { readEnvironment } from './environment.ts';

const { API_URL, INVOKE_ROLE_ARN, EXTERNAL_ID } = readEnvironment(process.env);
const logger = new Logger();

/** Calls the API in account A: `sls invoke -f caller`. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, prefetch: true, logger }))
  .use(signedFetch({ baseUrl: API_URL, credentials: 'assumedRole' }))
  .handler(async (event: unknown, { api }) => {
    const { path, body: sent, ...request } = readApiCall(event);
    const json = sent === undefined ? {} : { json: sent };
    const { status, body, requestId, attempts } = await api.json(path, { ...request, ...json });
    return { status, body, requestId, attempts };
  });
