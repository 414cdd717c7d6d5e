import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { API_URL = '', AWS_REGION } = process.env;

export const handler = middy<{ orderId: string }, unknown>()
  .use(signedFetch({ baseUrl: API_URL, region: AWS_REGION, credentials: fromEnvironment }))
  .handler(async (event, { api }) => {
    const { body } = await api.json('/messages', { json: event, idempotencyKey: event.orderId });
    return body;
  });
