import { assumeRole } from '@cross-account-api/assume-role';
import { callAsked } from '@cross-account-api/contract';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import { operations } from '../../api/src/operations.ts';

const { API_URL = '', API_REGION, INVOKE_ROLE_ARN = '', EXTERNAL_ID } = process.env;

export const handler = middy()
  .use([
    assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID, fetch: 'init' }),
    signedFetch({ baseUrl: API_URL, region: API_REGION, credentials: 'assumedRole' }),
  ])
  .handler(async (event: unknown, { api, awsRequestId }) => callAsked(event, operations, api, awsRequestId));
