import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { API_URL = '', AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
const credentials = {
  accessKeyId: AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
  sessionToken: AWS_SESSION_TOKEN,
};

export const handler = middy<{ orderId: string }, unknown>()
  .use(signedFetch({ baseUrl: API_URL, region: process.env.AWS_REGION, credentials }))
  .handler(async (event, { api }) => {
    const { body } = await api.json('/messages', { json: event, idempotencyKey: event.orderId });
    return body;
  });
