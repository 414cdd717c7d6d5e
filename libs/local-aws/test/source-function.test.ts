import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { A, type Running, startRunning } from './running.testing.ts';
import type { Keys } from './sign.testing.ts';
import { functionResource, serviceRole } from './template.testing.ts';

// The permissions of a role can depend on the function that uses it: `lambda:SourceFunctionArn`.

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

/** Returns the credentials of the function. */
const code = `
exports.handler = async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
});`;

test('a statement for one function does not allow another with the same role', async () => {
  const named = (name: string) => ({
    'Fn::Sub': `arn:aws:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}`,
  });
  const role = serviceRole('lambda.amazonaws.com');
  const withName = (name: string) => {
    const { Properties, ...rest } = functionResource('Role', code);
    return { ...rest, Properties: { ...Properties, FunctionName: name } };
  };
  const outputs = await running.deploy(A, 'source', {
    Resources: {
      Role: {
        ...role,
        Properties: {
          ...role.Properties,
          Policies: [
            {
              PolicyName: 'own',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: {
                  Effect: 'Allow',
                  Action: ['logs:*', 'sts:AssumeRole'],
                  Resource: '*',
                  Condition: { ArnEquals: { 'lambda:SourceFunctionArn': named('first') } },
                },
              },
            },
          ],
        },
      },
      Inner: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: { Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' },
          },
        },
      },
      First: withName('first'),
      Second: withName('second'),
    },
    Outputs: { Inner: { Value: { 'Fn::GetAtt': ['Inner', 'Arn'] } } },
  });
  const lambda = new LambdaClient(running.sdk(A));
  const assumeAs = async (FunctionName: string) => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    const keys = JSON.parse(Buffer.from(Payload ?? []).toString()) as Keys;
    const query = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: outputs.Inner ?? '',
      RoleSessionName: 'inner',
    });
    const host = 'sts.us-east-1.amazonaws.com';
    return (await running.call({ host, path: `/?${query}`, service: 'sts' }, keys)).answer.status;
  };
  expect([await assumeAs('first'), await assumeAs('second')]).toEqual([200, 403]);
  const event = running.aws.trace.events().findLast(({ operation }) => operation === 'AssumeRole');
  expect(event?.decisions[0]?.context['lambda:SourceFunctionArn']).toBe(
    `arn:aws:lambda:us-east-1:${A}:function:second`,
  );
  const logs = new CloudWatchLogsClient(running.sdk(A));
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
  expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['/aws/lambda/first']);
  lambda.destroy();
  logs.destroy();
});
