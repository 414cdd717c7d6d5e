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
});

test('a default client of S3 finds a bucket whose name has a dot, as on AWS, and URL is otherwise that of Node', async () => {
  const code = `
    const { S3Client, PutObjectCommand, GetObjectCommand } = require('@aws-sdk/client-s3');
    const url = require('node:url');
    exports.handler = async () => {
      const s3 = new S3Client();
      const at = { Bucket: 'dotted.bucket.name', Key: 'a b/c' };
      await s3.send(new PutObjectCommand({ ...at, Body: 'kept' }));
      const { Body } = await s3.send(new GetObjectCommand(at));
      class Own extends URL {}
      const own = new Own('/a', 'http://b.example:1');
      const code = (text) => { try { return new URL(text).href; } catch (error) { return error.code; } };
      return [
        await Body.transformToString(),
        own instanceof Own && own instanceof URL && own.constructor === Own && own.href,
        new URL('http://a').constructor === URL && url.URL === URL && URL.canParse('a:b') && URL.name,
        [code('no'), code('http://1.2.3.4.5/'), code('http://x.127.0.0.1:1/')],
      ];
    };`;
  const role = serviceRole('lambda.amazonaws.com');
  const Statement = { Effect: 'Allow', Action: 's3:*Object', Resource: 'arn:aws:s3:::dotted.bucket.name/*' };
  const Policies = [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement } }];
  const sdkUser = functionResource('Role', code);
  const { Function: FunctionName } = await running.deploy(A, 'dotted', {
    Resources: {
      Role: { ...role, Properties: { ...role.Properties, Policies } },
      Function: { ...sdkUser, Properties: { ...sdkUser.Properties, Timeout: 30, MemorySize: 512 } },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'dotted.bucket.name' } },
    },
    Outputs: { Function: { Value: { Ref: 'Function' } } },
  });
  const lambda = new LambdaClient(running.sdk(A));
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  lambda.destroy();
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual([
    'kept',
    'http://b.example:1/a',
    'URL',
    ['ERR_INVALID_URL', 'ERR_INVALID_URL', 'ERR_INVALID_URL'],
  ]);
});
