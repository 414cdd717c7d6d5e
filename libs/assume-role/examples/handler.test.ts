// handler.test.ts
import { type AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

test('the function assumes the role, and calls as it', async () => {
  // The middleware reads the environment when it is made: set it before the handler is loaded.
  Object.assign(process.env, {
    ROLE_ARN: 'arn:aws:iam::111111111111:role/reader',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'caller',
    AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  });
  const Credentials = {
    AccessKeyId: 'ASIAASSUMED000000001',
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: new Date(Date.now() + 3_600_000),
  };
  const arn = 'arn:aws:sts::111111111111:assumed-role/reader/caller';
  const sts = jest.spyOn(STSClient.prototype, 'send').mockImplementation(async (command: unknown) => {
    const { RoleArn } = (command as AssumeRoleCommand).input;
    return RoleArn === undefined ? { Arn: arn } : { Credentials };
  });

  const { handler } = await import('./handler.ts');
  const context = { getRemainingTimeInMillis: () => 10_000 };
  expect(await handler({}, context as never)).toBe(arn);
  expect(sts.mock.calls[0]?.[0].input).toMatchObject({ RoleArn: process.env.ROLE_ARN });
});
