import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { A, type Running, startRunning } from './running.testing.ts';
import { functionResource, serviceRole } from './template.testing.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(() => running.close());

test('a function that invokes itself with the AWS SDK runs 16 times, and the terminal names the loop', async () => {
  const code = `
    const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');
    const lambda = new LambdaClient();
    exports.handler = async () => {
      await lambda.send(new InvokeCommand({ FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME, InvocationType: 'Event' }));
    };`;
  const role = serviceRole('lambda.amazonaws.com');
  const Statement = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' };
  const Policies = [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement } }];
  const loop = functionResource('Role', code);
  const { Function: FunctionName } = await running.deploy(A, 'loop', {
    Resources: {
      Role: { ...role, Properties: { ...role.Properties, Policies } },
      Function: { ...loop, Properties: { ...loop.Properties, Timeout: 30, MemorySize: 512 } },
    },
    Outputs: { Function: { Value: { Ref: 'Function' } } },
  });
  const lambda = new LambdaClient(running.sdk(A));
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
  lambda.destroy();
  while (running.defects.length === 0) await delay(20);
  // Time for one that nothing stops.
  await delay(500);
  expect(running.defects).toEqual([
    expect.stringMatching(
      /:function:loop-Function-\w+ was invoked 16 times in one chain of requests, .*: a loop\./,
    ),
  ]);
  const invocations = running.aws.trace.events().filter(({ operation }) => operation === 'Invoke');
  // Each run sends one request. The request of the last one is accepted, and its event is not run.
  expect(invocations).toHaveLength(17);
});
