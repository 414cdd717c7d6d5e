import { assumeRole } from '@cross-account-api/assume-role';
import { callerSchema, createApiClient, jsonObjectSchema, operation } from '@cross-account-api/contract';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';
import * as v from 'valibot';

const operations = {
  postMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Sends a message.',
    request: jsonObjectSchema,
    response: v.object({ received: jsonObjectSchema, caller: callerSchema }),
    status: 200,
  }),
};

/** middy's type has the members that the middlewares add to the context, and its other members. */
export const handler = middy<{ foo: string }, string>()
  .use(assumeRole({ roleArn: 'arn:aws:iam::111111111111:role/api-dev-invoke', contextKey: 'reader' }))
  .use(
    signedFetch({ baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev', credentials: 'reader' }),
  )
  .handler(async ({ foo }, context) => {
    const { body } = await createApiClient(context.api, operations).postMessage({ body: { foo } });
    const { accessKeyId } = await context.reader.getCredentials();
    // @ts-expect-error: nothing adds this to the context
    const missing: unknown = context.assumedRole;
    // @ts-expect-error: a request ID is a text
    const wrong: number = context.awsRequestId;
    const account: string | undefined = context.identity?.cognitoIdentityId;
    return `${body.caller.roleName} ${accessKeyId} ${missing} ${wrong} ${account}`;
  });
