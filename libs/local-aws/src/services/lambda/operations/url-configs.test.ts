import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';

/* As LocalStack's tests recorded it on AWS: tests/aws/services/lambda_/test_lambda_api.snapshot.json, `TestLambdaUrl`. */

let lambda: LambdaFixture;

beforeAll(async () => {
  lambda = lambdaFixture();
  await lambda.deploy('own', 'exports.handler = async () => 1;', { Publish: true });
  await lambda.request('POST /2015-03-31/functions/own/aliases', { Name: 'live', FunctionVersion: '1' });
});
afterAll(() => lambda.service.close());

const call = (method: string, name: string, body: object = {}, query = '') =>
  lambda.request(
    `${method} /2021-10-31/functions/${name}/url${query}`,
    ['GET', 'DELETE'].includes(method) ? '' : body,
  );

test('a configuration is created once, read, changed, listed with those of aliases, and deleted', async () => {
  const created = await call('POST', 'own', { AuthType: 'NONE' });
  const FunctionArn = 'arn:aws:lambda:eu-central-1:111111111111:function:own';
  const config = { AuthType: 'NONE', FunctionArn, FunctionUrl: created.json.FunctionUrl };
  expect([created.status, created.json]).toEqual([201, { ...config, CreationTime: expect.any(String) }]);
  const again = await call('POST', 'own', { AuthType: 'NONE' });
  expect([again.status, again.json.Message]).toEqual([
    409,
    `Failed to create function url config for [functionArn = ${FunctionArn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
  ]);
  expect((await call('GET', 'own')).json).toEqual({
    ...config,
    CreationTime: created.json.CreationTime,
    InvokeMode: 'BUFFERED',
    LastModifiedTime: expect.any(String),
  });
  const updated = await call('PUT', 'own', { AuthType: 'AWS_IAM', Cors: { AllowOrigins: ['*'] } });
  expect(updated.json).toMatchObject({ ...config, AuthType: 'AWS_IAM', Cors: { AllowOrigins: ['*'] } });
  // Absent members keep their value.
  expect((await call('PUT', 'own')).json).toMatchObject({
    AuthType: 'AWS_IAM',
    Cors: { AllowOrigins: ['*'] },
  });
  await call('POST', 'own', { AuthType: 'NONE', InvokeMode: 'BUFFERED' }, '?Qualifier=live');
  const listed = await lambda.request('GET /2021-10-31/functions/own/urls');
  expect(listed.json.FunctionUrlConfigs.map((each: { FunctionArn: string }) => each.FunctionArn)).toEqual([
    FunctionArn,
    `${FunctionArn}:live`,
  ]);
  expect((await call('DELETE', 'own')).status).toBe(204);
  expect((await call('GET', 'own')).status).toBe(404);
  expect((await call('GET', 'own', {}, '?Qualifier=live')).status).toBe(200);
  await lambda.request('DELETE /2015-03-31/functions/own/aliases/live');
  expect((await call('GET', 'own', {}, '?Qualifier=live')).json.Message).toBe(
    'The resource you requested does not exist.',
  );
});

type Refused = readonly [method: string, name: string, query: string, status: number, message: string];

test.each<Refused>([
  ['POST', 'absent', '', 404, 'Function does not exist'],
  ['POST', 'own', '?Qualifier=absent', 404, 'Function does not exist'],
  ['PUT', 'own', '', 404, 'The resource you requested does not exist.'],
  ['PUT', 'absent', '', 404, 'Function does not exist'],
  ['GET', 'absent', '', 404, 'The resource you requested does not exist.'],
  ['DELETE', 'own', '', 404, 'The resource you requested does not exist.'],
  ...['POST', 'PUT', 'GET', 'DELETE'].flatMap((method) =>
    ['1', '%24LATEST'].map(
      (version): Refused => [
        method,
        'own',
        `?Qualifier=${version}`,
        400,
        `1 validation error detected: Value '${decodeURIComponent(version)}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)`,
      ],
    ),
  ),
])('%s %s%s is answered %i: %s', async (method, name, query, status, message) => {
  const response = await call(method, name, { AuthType: 'NONE' }, query);
  expect([response.status, response.json.Message]).toEqual([status, message]);
});

test('policies see the type that a request asks for, or the one of the URL', async () => {
  await call('POST', 'own', { AuthType: 'NONE' });
  await call('PUT', 'own', { AuthType: 'AWS_IAM' });
  await call('DELETE', 'own');
  const seen = lambda.questions
    .filter(({ action }) => /FunctionUrlConfig$/.test(action))
    .slice(-3)
    .map(({ action, context }) => [action, context['lambda:FunctionUrlAuthType']]);
  expect(seen).toEqual([
    ['lambda:CreateFunctionUrlConfig', 'NONE'],
    ['lambda:UpdateFunctionUrlConfig', 'AWS_IAM'],
    ['lambda:DeleteFunctionUrlConfig', 'AWS_IAM'],
  ]);
});
