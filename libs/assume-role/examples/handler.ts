import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { assumeRole } from '@cross-account-api/assume-role';
import middy from '@middy/core';

export const handler = middy<unknown, string | undefined>()
  .use(assumeRole({ roleArn: process.env.ROLE_ARN ?? '', fetch: 'init' }))
  .handler(async (_event, context) => {
    const sts = new STSClient({ credentials: context.assumedRole });
    return (await sts.send(new GetCallerIdentityCommand())).Arn;
  });
