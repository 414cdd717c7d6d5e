import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { A, type Running, startRunning } from './running.testing.ts';
import { functionResource, serviceRole } from './template.testing.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

test('a function without AWS SDK v3 uses the SDK of the working directory, and the SDK calls local AWS', async () => {
  const code = `
    const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');
    const sts = new STSClient();
    exports.handler = async () => {
      const { S3Client, ListBucketsCommand } = await import('@aws-sdk/client-s3');
      const { Buckets } = await new S3Client({ forcePathStyle: true }).send(new ListBucketsCommand());
      return [(await sts.send(new GetCallerIdentityCommand())).Arn, Buckets.map(({ Name }) => Name)];
    };`;
  const role = serviceRole('lambda.amazonaws.com');
  const Statement = { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' };
  const Policies = [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement } }];
  const sdkUser = functionResource('Role', code);
  const { Function: FunctionName } = await running.deploy(A, 'sdk', {
    Resources: {
      Role: { ...role, Properties: { ...role.Properties, RoleName: 'reader', Policies } },
      Function: { ...sdkUser, Properties: { ...sdkUser.Properties, Timeout: 30, MemorySize: 512 } },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'seen' } },
    },
    Outputs: { Function: { Value: { Ref: 'Function' } } },
  });
  const lambda = new LambdaClient(running.sdk(A));
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  lambda.destroy();
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual([
    expect.stringContaining(`:assumed-role/reader/${FunctionName}`),
    ['seen'],
  ]);
}, 60_000);
