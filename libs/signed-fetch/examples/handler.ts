import { assumeRole } from '@cross-account-api/assume-role';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import * as v from 'valibot';

const answerSchema = v.object({ received: v.record(v.string(), v.unknown()), requestId: v.string() });

export const handler = middy<{ orderId: string }, string>()
  .use(assumeRole({ roleArn: process.env.ROLE_ARN ?? '' }))
  .use(
    signedFetch({
      baseUrl: process.env.API_URL ?? '',
      region: process.env.AWS_REGION,
      credentials: 'assumedRole',
    }),
  )
  .handler(async ({ orderId }, context) => {
    const { body, attempts } = await context.api.json('/messages', {
      json: { orderId },
      idempotencyKey: orderId,
      schema: answerSchema,
    });
    return `${body.requestId} after ${attempts} attempt(s)`;
  });
