import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { storedZip } from '../src/services/lambda/code/stored-zip.ts';
import { A, type Running, startRunning } from './running.testing.ts';
import { serviceRole } from './template.testing.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

// LocalStack's tests recorded it on AWS: `test_oversized_zipped_create_lambda`, https://github.com/localstack/localstack
test('a zip of 50 MiB is created in one request, and a larger one is refused with the words of AWS', async () => {
  const { RoleArn } = await running.deploy(A, 'role', {
    Resources: { Role: serviceRole('lambda.amazonaws.com') },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  });
  const lambda = new LambdaClient({ ...running.sdk(A), maxAttempts: 1 });
  const limit = 52_428_800;
  const around = storedZip({ 'index.js': '' }).length;
  const create = (bytes: number) =>
    lambda.send(
      new CreateFunctionCommand({
        FunctionName: `of-${bytes}-bytes`,
        Role: RoleArn,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: storedZip({ 'index.js': Buffer.alloc(bytes - around) }) },
      }),
    );
  try {
    expect(await create(limit)).toMatchObject({ CodeSize: limit });
    await expect(create(limit + 1)).rejects.toMatchObject({
      name: 'RequestEntityTooLargeException',
      message: expect.stringContaining(`Zipped size must be smaller than ${limit} bytes`),
      $metadata: { httpStatusCode: 413 },
    });
  } finally {
    lambda.destroy();
  }
});
