import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { storedZip } from '../src/services/lambda/code/stored-zip.ts';
import { A, B, type Running, startRunning } from './running.testing.ts';
import { serviceRole } from './template.testing.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

test('a function cannot get a role of another account', async () => {
  const { RoleArn } = await running.deploy(A, 'role', {
    Resources: { Role: serviceRole('lambda.amazonaws.com') },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  });
  const lambda = new LambdaClient(running.sdk(B));
  const create = lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'worker',
      Role: RoleArn,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: storedZip({ 'index.js': 'exports.handler = async () => 1' }) },
    }),
  );
  // The text of https://github.com/artilleryio/chaos-lambda/issues/29
  await expect(create).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'Cross-account pass role is not allowed.',
  });
  lambda.destroy();
});
