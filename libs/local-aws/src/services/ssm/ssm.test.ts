import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { systemClock } from '../../core/clock.ts';
import { directClient } from '../../direct-client.testing.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import {
  body,
  create,
  createCloud,
  describeStack,
  update,
} from '../cloudformation/cloudformation.testing.ts';
import { createSsmService, type SsmService } from './index.ts';

const scope = { accountId: '111111111111', region: 'us-east-1' };
const arn = 'arn:aws:ssm:us-east-1:111111111111:parameter';

let service: SsmService;
let ssm: SSMClient;
let questions: RouteQuestion[];
beforeEach(() => {
  service = createSsmService({ clock: systemClock });
  questions = [];
  ssm = new SSMClient(directClient(service.endpoint, scope, questions));
});
afterEach(() => ssm.destroy());

const put = (Name: string, Value: string, rest: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...rest }));
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;

test('A parameter keeps its versions; each account and region has its own.', async () => {
  await put('/app/url', 'https://a');
  await expect(put('/app/url', 'https://b')).rejects.toBeInstanceOf(ParameterAlreadyExists);
  expect(await put('/app/url', 'https://b', { Overwrite: true })).toMatchObject({ Version: 2 });
  expect(await get('/app/url')).toMatchObject({
    Name: '/app/url',
    Type: 'String',
    Value: 'https://b',
    Version: 2,
    DataType: 'text',
    ARN: `${arn}/app/url`,
    LastModifiedDate: expect.any(Date),
  });
  expect(await get('/app/url:1')).toMatchObject({ Value: 'https://a' });
  await expect(get('/app/url:7')).rejects.toThrow('could not find version 7 of /app/url');
  const elsewhere = new SSMClient(directClient(service.endpoint, { ...scope, region: 'eu-west-1' }));
  await expect(elsewhere.send(new GetParameterCommand({ Name: '/app/url' }))).rejects.toBeInstanceOf(
    ParameterNotFound,
  );
  elsewhere.destroy();
});

test('A parameter of another account is not found by its ARN, even if the caller’s policies allow it.', async () => {
  await put('/app/url', 'https://a');
  expect(await get(`${arn}/app/url`)).toMatchObject({ Value: 'https://a' });
  const stranger = new SSMClient(directClient(service.endpoint, { ...scope, accountId: '222222222222' }));
  await expect(stranger.send(new GetParameterCommand({ Name: `${arn}/app/url` }))).rejects.toBeInstanceOf(
    ParameterNotFound,
  );
  stranger.destroy();
});

test('A secure value is readable only with decryption.', async () => {
  await put('secret', 'top', { Type: 'SecureString' });
  expect((await get('secret'))?.Value).not.toContain('top');
  expect(await get('secret', true)).toMatchObject({ Value: 'top', ARN: `${arn}/secret` });
});

test('Parameters are read by their names and by their path.', async () => {
  await put('/app/dev/url', 'u');
  await put('/app/dev/db/name', 'n');
  await put('/apple', 'a');
  expect(await ssm.send(new GetParametersCommand({ Names: ['/apple', '/none'] }))).toMatchObject({
    Parameters: [{ Name: '/apple', Value: 'a' }],
    InvalidParameters: ['/none'],
  });
  const names = async (Path: string, Recursive: boolean) => {
    const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path, Recursive }));
    return Parameters.map(({ Name }) => Name);
  };
  expect(await names('/app/dev', false)).toEqual(['/app/dev/url']);
  expect(await names('/app/', true)).toEqual(['/app/dev/db/name', '/app/dev/url']);
  const page = (NextToken?: string) =>
    ssm.send(new GetParametersByPathCommand({ Path: '/app', Recursive: true, MaxResults: 1, NextToken }));
  const first = await page();
  expect(first.Parameters).toMatchObject([{ Name: '/app/dev/db/name' }]);
  expect((await page(first.NextToken)).Parameters).toMatchObject([{ Name: '/app/dev/url' }]);
});

test('A deleted parameter is not found.', async () => {
  await put('a', '1');
  await put('b', '1');
  await ssm.send(new DeleteParameterCommand({ Name: 'a' }));
  // Without a message, the SDK shows its own.
  await expect(ssm.send(new DeleteParameterCommand({ Name: 'a' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
    message: 'UnknownError',
  });
  expect(await get('b')).toMatchObject({ Value: '1' });
});

test('A value that breaks a constraint is refused in the words of AWS.', async () => {
  const wrong = new PutParameterCommand({ Name: 'a', Value: 'x', Type: 'str' as never });
  await expect(ssm.send(wrong)).rejects.toMatchObject({
    name: 'ValidationException',
    message:
      "1 validation error detected: Value 'str' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [String, StringList, SecureString]",
  });
});

test('Permissions are on the parameter, without its version, or on the path.', async () => {
  await put('/a/b', '1');
  await get('/a/b:1');
  await ssm.send(new GetParametersByPathCommand({ Path: '/a' }));
  expect(questions).toMatchObject([
    { action: 'ssm:PutParameter', resource: `${arn}/a/b` },
    { action: 'ssm:GetParameter', resource: `${arn}/a/b` },
    { action: 'ssm:GetParametersByPath', resource: `${arn}/a` },
  ]);
});

test.each([
  [{ Name: 'aws-url' }, 'can\'t be prefixed with "aws" or "ssm"'],
  [{ Name: 'a b' }, 'can only include a-z'],
  [{ Name: 'app/url' }, 'with levels, it begins with a slash'],
  [{ Name: '/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16' }, 'has at most 15 of them'],
  [{ Type: undefined }, 'A parameter type is required when you create a parameter.'],
  [{ Value: 'x'.repeat(4097) }, 'a maximum parameter value of 4096 characters'],
  [{ AllowedPattern: '^\\d+$' }, 'local AWS does not implement AllowedPattern of ssm:PutParameter'],
  [{ KeyId: 'alias/own' }, 'local AWS does not implement KeyId of ssm:PutParameter'],
  [{ DataType: 'aws:ec2:image' }, 'local AWS only has the data type text.'],
])('A parameter with %j is refused.', async (rest, message) => {
  await expect(put('/url', 'value', rest)).rejects.toThrow(message);
});

test('A stack can have a parameter, and CloudFormation generates a missing name.', async () => {
  const cloud = createCloud(new Map(), service.resourceTypes);
  const there = { accountId: '111111111111', region: 'eu-central-1' };
  const template = (Value: string) =>
    body(
      {
        Named: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/url', Type: 'String', Value } },
        Other: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'StringList', Value: 'a,b' } },
      },
      { Outputs: { Name: { Value: { Ref: 'Other' } }, Value: { Value: { 'Fn::GetAtt': 'Named.Value' } } } },
    );
  await create(cloud, template('https://a'));
  const { Outputs = [] } = await describeStack(cloud.client);
  const name = Outputs[0]?.OutputValue ?? '';
  expect(name).toMatch(/^CFN-Other-[A-Za-z0-9]{12}$/);
  expect(service.read(there, name)).toBe('a,b');
  await update(cloud, template('https://b'));
  expect(service.read(there, '/url')).toBe('https://b');
  expect(service.read(there, '/url:1')).toBe('https://a');
  expect(cloud.asked).toContainEqual(
    expect.objectContaining({
      action: 'ssm:PutParameter',
      resource: 'arn:aws:ssm:eu-central-1:111111111111:parameter/url',
    }),
  );
  await update(
    cloud,
    body({ Other: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'StringList', Value: 'a,b' } } }),
  );
  expect(service.read(there, '/url')).toBeUndefined();
});

test('Parameters are described without their values, and filtered by name, path and type.', async () => {
  await put('/app/url', 'https://a', { Description: 'the API' });
  await put('/app/db/host', 'a');
  await put('plain', 'secret', { Type: 'SecureString' });
  const describe = async (input: DescribeParametersCommandInput = {}) =>
    (await ssm.send(new DescribeParametersCommand(input))).Parameters ?? [];
  const all = await describe();
  expect(all.map(({ Name }) => Name)).toEqual(['/app/db/host', '/app/url', 'plain']);
  expect(all[1]).toEqual({
    Name: '/app/url',
    ARN: `${arn}/app/url`,
    Type: 'String',
    LastModifiedDate: expect.any(Date),
    LastModifiedUser: 'arn:aws:iam::111111111111:root',
    Description: 'the API',
    Version: 1,
    Tier: 'Standard',
    Policies: [],
    DataType: 'text',
  });
  expect(JSON.stringify(all)).not.toContain('secret');
  const filtered = async (Key: string, Option: string | undefined, ...Values: string[]) =>
    (await describe({ ParameterFilters: [{ Key, Option, Values }] })).map(({ Name }) => Name);
  expect(await filtered('Name', undefined, 'plain', '/app/url')).toEqual(['/app/url', 'plain']);
  expect(await filtered('Name', 'BeginsWith', '/app/d')).toEqual(['/app/db/host']);
  expect(await filtered('Name', 'Contains', 'ur')).toEqual(['/app/url']);
  expect(await filtered('Path', 'OneLevel', '/app')).toEqual(['/app/url']);
  expect(await filtered('Path', 'Recursive', '/app')).toEqual(['/app/db/host', '/app/url']);
  expect(await filtered('Type', 'Equals', 'SecureString')).toEqual(['plain']);
  await expect(filtered('KeyId', 'Equals', 'a')).rejects.toThrow(/Key/);
  expect(questions.at(-2)).toMatchObject({ action: 'ssm:DescribeParameters', resource: '*' });
});

test('A new version without a description keeps that of the last one.', async () => {
  await put('/app/url', 'https://a', { Description: 'the API' });
  await put('/app/url', 'https://b', { Overwrite: true });
  const { Parameters } = await ssm.send(new DescribeParametersCommand({ MaxResults: 1 }));
  expect(Parameters).toMatchObject([{ Description: 'the API', Version: 2 }]);
});
