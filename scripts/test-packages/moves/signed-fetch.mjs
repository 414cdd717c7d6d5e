import { assumeRole } from '@cross-account-api/assume-role';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { API_URL, API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;

export const handler = middy()
  .use(assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID }))
  .use(signedFetch({ baseUrl: API_URL, region: API_REGION, credentials: 'assumedRole' }))
  .handler(async (event, { api, awsRequestId }) => {
    const { body } = await api.json('/parcels', { json: event, idempotencyKey: awsRequestId });
    return body;
  });
