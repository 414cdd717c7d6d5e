import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, lambdaFixture, ROLE } from '../lambda.testing.ts';

/*
 * What AWS answered, as LocalStack's tests recorded it: `TestLambdaTags` in tests/aws/services/lambda_/test_lambda_api.snapshot.json of
 * https://github.com/localstack/localstack.
 */

let lambda: LambdaFixture;
beforeAll(async () => {
  lambda = lambdaFixture();
  await lambda.deploy('own', 'exports.handler = async () => 1;', { Publish: true });
});
afterAll(() => lambda.service.close());

const ARN = 'arn:aws:lambda:eu-central-1:111111111111:function';
const tags = (arn: string) => `/2017-03-31/tags/${encodeURIComponent(arn)}`;
const send = (method: string, path: string, body: object | string = '') =>
  lambda.request(`${method} ${path}`, body);
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}_key`, `${index}_value`]));
const UNSUPPORTED = 'Tags on function aliases and versions are not supported. Please specify a function ARN.';
const LIMIT = 'Number of tags exceeds resource tag limit.';

test('tags of a function are added, listed and taken away, and a key that it does not have is none', async () => {
  const own = tags(`${ARN}:own`);
  expect(await send('GET', own)).toMatchObject({ status: 200, json: { Tags: {} } });
  expect(await send('POST', own, { Tags: { a: '1', b: '2' } })).toMatchObject({ status: 204 });
  expect(await send('DELETE', `${own}?tagKeys=a&tagKeys=c`)).toMatchObject({ status: 204 });
  expect(await send('GET', own)).toMatchObject({ json: { Tags: { b: '2' } } });
  expect(await send('GET', '/2015-03-31/functions/own')).toMatchObject({ json: { Tags: { b: '2' } } });
});

test.each<[method: string, arn: string, rest: string, body: object | string, code: string, message: string]>([
  [
    'POST',
    `${ARN}:absent`,
    '',
    { Tags: { a: 'b' } },
    'ResourceNotFoundException',
    `Function not found: ${ARN}:absent`,
  ],
  ['GET', `${ARN}:absent`, '', '', 'ResourceNotFoundException', `Function not found: ${ARN}:absent`],
  ['POST', `${ARN}:own:v1`, '', { Tags: { a: 'b' } }, 'InvalidParameterValueException', UNSUPPORTED],
  ['POST', `${ARN}:own:1`, '', { Tags: { a: 'b' } }, 'InvalidParameterValueException', UNSUPPORTED],
  ['POST', `${ARN}:own:$LATEST`, '', { Tags: { a: 'b' } }, 'InvalidParameterValueException', UNSUPPORTED],
  ['POST', `${ARN}:own`, '', { Tags: many(51) }, 'InvalidParameterValueException', LIMIT],
  [
    'POST',
    `${ARN}:own`,
    '',
    { Tags: {} },
    'InvalidParameterValueException',
    'An error occurred and the request cannot be processed.',
  ],
  [
    'DELETE',
    `${ARN}:own`,
    '',
    '',
    'ValidationException',
    "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
  ],
])(
  '%s of the tags of %s%s is refused with the words of AWS',
  async (method, arn, rest, body, code, message) => {
    const answer = await send(method, `${tags(arn)}${rest}`, body);
    expect([answer.headers['x-amzn-errortype'], answer.json.message ?? answer.json.Message]).toEqual([
      code,
      message,
    ]);
  },
);

test('an ARN that is no resource of Lambda is refused by the pattern of AWS', async () => {
  const { headers, text } = await send('POST', tags('arn:aws:something'), { Tags: { a: 'b' } });
  expect(headers['x-amzn-errortype']).toBe('ValidationException');
  expect(text).toContain(
    "1 validation error detected: Value 'arn:aws:something' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws",
  );
});

test('the permission on the tags of a function has its tags, and those of the request, as condition keys', async () => {
  await send('POST', tags(`${ARN}:own`), { Tags: { team: 'a' } });
  lambda.questions.length = 0;
  await send('POST', tags(`${ARN}:own`), { Tags: { stage: 'dev' } });
  await send('DELETE', `${tags(`${ARN}:own`)}?tagKeys=stage`);
  expect(lambda.questions).toMatchObject([
    {
      action: 'lambda:TagResource',
      resource: `${ARN}:own`,
      context: { 'aws:ResourceTag/team': 'a', 'aws:RequestTag/stage': 'dev', 'aws:TagKeys': ['stage'] },
    },
    { action: 'lambda:UntagResource', resource: `${ARN}:own`, context: { 'aws:TagKeys': ['stage'] } },
  ]);
  lambda.denied.add('lambda:ListTags');
  expect((await send('GET', tags(`${ARN}:own`))).status).toBe(403);
});

// https://github.com/aws-samples/amazon-mwaa-examples/pull/63
test('tags of a new function need the permission to tag it, too', async () => {
  lambda.denied.add('lambda:TagResource');
  const create = async (Tags: object) => {
    const deployed = await lambda.request('POST /2015-03-31/functions', {
      FunctionName: 'new',
      Role: ROLE,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: storedZip({ 'index.js': '1;' }).toString('base64') },
      Tags,
    });
    return [deployed.status, deployed.json.Message ?? ''];
  };
  expect(await create({ team: 'a' })).toEqual([
    403,
    expect.stringContaining(`not authorized to perform: lambda:TagResource on resource: ${ARN}:new`),
  ]);
  expect(await create({})).toEqual([201, '']);
});
