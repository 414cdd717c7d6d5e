import { assumeRole } from '@cross-account-api/assume-role';
import { createApiClient, operation } from '@cross-account-api/contract';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const operations = {
  getWhoami: operation({ method: 'GET', path: '/whoami', summary: 'Says who called.', status: 204 }),
};

/** The handler that is bundled and deployed. */
export const handler = middy<unknown, string>()
  .use(
    assumeRole({
      roleArn: 'arn:aws:iam::111111111111:role/api-dev-invoke',
      sessionName: 'caller',
      region: 'eu-west-1',
      fetch: 'use',
    }),
  )
  .use(
    signedFetch({
      baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
      credentials: 'assumedRole',
    }),
  )
  .handler(async (_event, { api }) => `${api.baseUrl} ${typeof createApiClient(api, operations).getWhoami}`);
