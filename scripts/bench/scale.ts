import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { storedZip } from '../../libs/local-aws/src/services/lambda/code/stored-zip.ts';
import { startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { startLoadGenerator } from './load-process.ts';
import { mockRoute, mockStage } from './mock-api.ts';
import { createStack } from './stacks.ts';

/** What local AWS costs with a number of functions, each with a role and a route. */
export interface Scale {
  readonly functions: number;
  readonly startMs: number;
  readonly deployMs: number;
  readonly requestsPerSecond: number;
  /** In use after garbage collection. */
  readonly usedMb: number;
}

const REGION = 'us-east-1';
const Bucket = 'bench-scale';
const Key = 'code.zip';

/** Starts local AWS, deploys that many functions, roles and routes in one stack, and calls one of the routes. */
export async function measureScale(functions: number): Promise<Scale> {
  const aws = await startLocalAwsProcess();
  const load = startLoadGenerator();
  try {
    const keys = aws.credentials('111111111111');
    const of = { endpoint: aws.url, region: REGION, credentials: keys };
    const s3 = new S3Client({ ...of, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    const Body = storedZip({ 'index.mjs': 'export const handler = async () => ({});' });
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    // A larger template than CreateStack takes in its body.
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'template.json', Body: JSON.stringify(template(functions)) }),
    );
    s3.destroy();
    const client = new CloudFormationClient(of);
    const TemplateURL = `https://${Bucket}.s3.${REGION}.amazonaws.com/template.json`;
    const start = performance.now();
    const outputs = await createStack(client, { StackName: 'scale', TemplateURL });
    const deployMs = performance.now() - start;
    client.destroy();
    const host = `${outputs.get('ApiId')}.execute-api.${REGION}.amazonaws.com`;
    const order = { host, path: '/bench/route0', region: REGION, port: aws.port, keys, connections: 16 };
    await load.run({ ...order, milliseconds: 1000 });
    const { answered, elapsedMs, failures } = await load.run({ ...order, milliseconds: 2000 });
    if (Object.keys(failures).length > 0) throw new Error(`Refused: ${JSON.stringify(failures)}`);
    const { usedBytes } = await aws.usage({ collectGarbage: true });
    return {
      functions,
      startMs: aws.startUpMs,
      deployMs,
      requestsPerSecond: (answered / elapsedMs) * 1000,
      usedMb: usedBytes / 1_000_000,
    };
  } finally {
    load.close();
    await aws.close();
  }
}

function template(functions: number): object {
  const indices = Array.from({ length: functions }, (_, index) => index);
  return {
    Resources: {
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'scale' } },
      ...Object.fromEntries(indices.flatMap((index) => Object.entries(resourcesOf(index)))),
      ...mockStage(indices.map((index) => `Route${index}`)),
    },
    Outputs: { ApiId: { Value: { Ref: 'Api' } } },
  };
}

function resourcesOf(index: number): Record<string, object> {
  const Version = '2012-10-17';
  const Principal = { Service: 'lambda.amazonaws.com' };
  return {
    [`Role${index}`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version,
          Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
        },
      },
    },
    [`Function${index}`]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Role: { 'Fn::GetAtt': [`Role${index}`, 'Arn'] },
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { S3Bucket: Bucket, S3Key: Key },
      },
    },
    ...mockRoute(`Route${index}`, 'GET', `route${index}`),
  };
}
