import { createHash } from 'node:crypto';
import type { AwsRequest } from '../../../core/request.ts';
import { storedZip } from '../code/stored-zip.ts';
import {
  type LambdaFixture,
  lambdaFixture,
  ROLE,
  resourceContext,
  UNTRUSTING_ROLE,
} from '../lambda.testing.ts';

const ARN = 'arn:aws:lambda:eu-central-1:111111111111:function:worker';
const FUNCTION = '/2015-03-31/functions/worker';
const SOURCE = 'exports.handler = async () => 1';

describe('operations', () => {
  let lambda: LambdaFixture;
  beforeEach(() => {
    lambda = lambdaFixture();
  });
  afterEach(() => lambda.service.close());

  test('a function is described with its settings and defaults', async () => {
    await lambda.deploy('worker', SOURCE, {
      Description: 'at work',
      Tags: { team: 'a' },
      Timeout: undefined,
    });
    const sha256 = createHash('sha256')
      .update(storedZip({ 'index.js': SOURCE }))
      .digest('base64');
    const { status, json } = await lambda.request(`GET ${FUNCTION}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      Configuration: {
        FunctionName: 'worker',
        FunctionArn: ARN,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Description: 'at work',
        CodeSha256: sha256,
        Timeout: 3,
        MemorySize: 128,
        Version: '$LATEST',
        State: 'Active',
        LastUpdateStatus: 'Successful',
        LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/worker' },
        LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      },
      Tags: { team: 'a' },
    });
  });

  test('the code of a version can be downloaded after the function has other code, and deployed again', async () => {
    await lambda.deploy('worker', SOURCE);
    await lambda.create('Version', { FunctionName: 'worker' });
    const ZipFile = storedZip({ 'index.js': 'exports.handler = async () => 2' }).toString('base64');
    await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile });
    expect((await lambda.invoke('worker')).json).toBe(2);

    const { json } = await lambda.request(`GET ${FUNCTION}?Qualifier=1`);
    const { pathname, search } = new URL(json.Code.Location);
    const request = { method: 'GET', rawPath: pathname, rawQuery: search.slice(1) } as AwsRequest;
    const zip = Buffer.from((await lambda.service.download(request))?.body ?? '');
    await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip.toString('base64') });
    expect((await lambda.invoke('worker')).json).toBe(1);
  });

  test('code can be sent in a request with a zip file of many megabytes', async () => {
    await lambda.deploy('worker', SOURCE);
    const ZipFile = storedZip({ 'index.js': SOURCE, 'data.bin': Buffer.alloc(8e6) }).toString('base64');
    expect(await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile })).toMatchObject({ status: 200 });
  });

  test('a function keeps the log format JSON and its log group', async () => {
    await lambda.deploy('worker', SOURCE, { LoggingConfig: { LogGroup: '/my/logs' } });
    const LoggingConfig = { LogFormat: 'JSON', ApplicationLogLevel: 'WARN' };
    await lambda.request(`PUT ${FUNCTION}/configuration`, { LoggingConfig });
    const { json } = await lambda.request(`GET ${FUNCTION}/configuration`);
    expect(json.LoggingConfig).toEqual({ ...LoggingConfig, LogGroup: '/my/logs' });
    expect((await lambda.invoke('worker')).json).toBe(1);
  });

  test.each([
    [{ MemorySize: 64 }, "Value '64' at 'memorySize' failed to satisfy constraint"],
    [{ Timeout: 901 }, "Value '901' at 'timeout' failed to satisfy constraint"],
  ])('the settings %j violate a constraint', async (settings, message) => {
    await lambda.deploy('worker', SOURCE);
    const response = await lambda.request(`PUT ${FUNCTION}/configuration`, settings);
    expect(response.status).toBe(400);
    expect(response.headers['x-amzn-errortype']).toBe('ValidationException');
    expect(response.json.Message).toContain(message);
  });

  const createFunction = (settings: object) =>
    lambda.request('POST /2015-03-31/functions', {
      FunctionName: 'worker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: storedZip({ 'index.js': SOURCE }).toString('base64') },
      ...settings,
    });

  test.each([
    ['another runtime', { Runtime: 'nodejs18.x' }, 'nodejs24.x, python3.12, python3.13, python3.14 only'],
    [
      'a role that does not trust Lambda',
      { Role: UNTRUSTING_ROLE },
      'The role defined for the function cannot be assumed by Lambda.',
    ],
    [
      'a reserved variable',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      /^Lambda was unable to configure your environment variables because .* Reserved keys used in this request: AWS_REGION$/,
    ],
    ['too large variables', { Environment: { Variables: { BIG: 'x'.repeat(4096) } } }, '4KB limit'],
    [
      'no zip',
      { Code: { ZipFile: Buffer.from('no zip').toString('base64') } },
      'Could not unzip uploaded file.',
    ],
    ['text that is not Base64', { Code: { ZipFile: 'UEsDBA*=' } }, 'must be Base64'],
    ['Base64 that is cut', { Code: { ZipFile: 'UEsDBAo' } }, 'must be Base64'],
    ['no code', { Code: {} }, 'Please provide a source for function code.'],
    ['an object that is not there', { Code: { S3Bucket: 'b', S3Key: 'k' } }, 'S3 Error Code: NoSuchKey'],
  ])('a function with %s is refused', async (_name, settings, message) => {
    const response = await createFunction(settings);
    expect(response.status).toBe(400);
    expect(response.headers['x-amzn-errortype']).toBe('InvalidParameterValueException');
    expect(response.json.Message).toEqual(
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    );
    expect((await lambda.request(`GET ${FUNCTION}`)).status).toBe(404);
  });

  // The words: https://github.com/aarondfrancis/sidecar/issues/147, https://github.com/trek10inc/serverless-secrets/issues/39
  test.each([
    [
      { Role: 'lambdarole' },
      "Value 'lambdarole' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ],
    [
      { Environment: { Variables: { A: 'secret' } } },
      "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    ],
  ])('a function with %j is refused in the words of AWS', async (settings, message) => {
    const response = await createFunction(settings);
    expect(response.headers['x-amzn-errortype']).toBe('ValidationException');
    expect(response.json.Message ?? response.json.message).toBe(`1 validation error detected: ${message}`);
  });

  test.each([
    ['Layers', ['arn:aws:lambda:eu-central-1:1:layer:x:1']],
    ['DeadLetterConfig', { TargetArn: 'arn:aws:sqs:eu-central-1:111111111111:a' }],
  ])('a function with %s is refused, because local AWS does not implement that', async (member, value) => {
    await expect(lambda.deploy('worker', SOURCE, { [member]: value })).rejects.toThrow(
      `local AWS does not implement ${member} of lambda:CreateFunction: leave it out.`,
    );
  });

  test('empty members that local AWS does not implement are accepted', async () => {
    await lambda.deploy('worker', SOURCE, {
      Layers: [],
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      KMSKeyArn: '',
    });
  });

  test('code can be in S3', async () => {
    lambda.objects.set('artifacts/a.zip', storedZip({ 'index.js': 'exports.handler = async () => 3' }));
    await lambda.deploy('worker', '', { Code: { S3Bucket: 'artifacts', S3Key: 'a.zip' } });
    expect((await lambda.invoke('worker')).json).toBe(3);
  });

  test('a name, a partial ARN and an ARN address the same function, and a qualifier its version', async () => {
    await lambda.deploy(
      'worker',
      'exports.handler = async (e, c) => [c.functionVersion, c.invokedFunctionArn]',
    );
    await lambda.create('Version', { FunctionName: 'worker' });
    const invoked = async (name: string, query = '') =>
      (await lambda.request(`POST /2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`))
        .json;
    for (const name of ['worker', '111111111111:worker', '111111111111:function:worker', ARN]) {
      expect(await invoked(name)).toEqual(['$LATEST', ARN]);
    }
    expect(await invoked('worker', '?Qualifier=1')).toEqual(['1', `${ARN}:1`]);
    expect(await invoked(`${ARN}:1`)).toEqual(['1', `${ARN}:1`]);
    expect(await invoked('worker', '?Qualifier=$LATEST')).toEqual(['$LATEST', `${ARN}:$LATEST`]);
    expect(await invoked('worker', '?Qualifier=2')).toEqual({
      Type: 'User',
      Message: `Function not found: ${ARN}:2`,
    });
  });

  test('the permission on a function of another account is checked in that account', async () => {
    const arn = 'arn:aws:lambda:eu-central-1:222222222222:function:worker';
    await lambda.invoke(arn);
    expect(lambda.questions.at(-1)).toMatchObject({
      action: 'lambda:InvokeFunction',
      resource: arn,
      resourceAccountId: '222222222222',
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/attribute-based-access-control.html
  test('a policy can compare the tags of a function, also for its versions, and of the request that creates it', async () => {
    await lambda.deploy('worker', SOURCE, { Tags: { team: 'a' }, Publish: true });
    expect(lambda.questions.find(({ action }) => action === 'lambda:CreateFunction')?.context).toEqual({
      'aws:RequestTag/team': 'a',
      'aws:TagKeys': ['team'],
    });
    const source = { sourceArn: 'arn:aws:execute-api:a', sourceAccount: '111111111111' };
    await lambda.request(`GET ${FUNCTION}?Qualifier=1`);
    await lambda.service.invokeFor('apigateway.amazonaws.com', `${ARN}:1`, source, '{}');
    expect(lambda.questions.filter(({ action }) => /:(Get|Invoke)Function$/.test(action))).toMatchObject([
      { context: { 'aws:ResourceTag/team': 'a' } },
      { context: { 'aws:ResourceTag/team': 'a', 'aws:SourceAccount': '111111111111' } },
    ]);
    const change = { ...resourceContext('Function'), handler: 'update' as const };
    const properties = { FunctionName: 'worker', Role: ROLE, Tags: [{ Key: 'team', Value: 'b' }] };
    const current = { physicalId: 'worker', attributes: {} };
    const asked = lambda.type('Function').requires({ ...change, current, properties, previous: {} });
    expect(asked.find(({ action }) => action === 'lambda:TagResource')?.context).toEqual({
      'aws:ResourceTag/team': 'a',
      'aws:RequestTag/team': 'b',
      'aws:RequestTag/stage': 'local',
      'aws:TagKeys': ['stage', 'team'],
    });
    expect(asked.find(({ action }) => action === 'lambda:GetFunction')?.context).toEqual({
      'aws:ResourceTag/team': 'a',
    });
  });

  test('a denied request is refused', async () => {
    await lambda.deploy('worker', SOURCE);
    lambda.denied.add('lambda:InvokeFunction');
    const response = await lambda.invoke('worker');
    expect(response.status).toBe(403);
    expect(response.headers['x-amzn-errortype']).toBe('AccessDeniedException');
    expect(response.json.Message).toContain(
      `is not authorized to perform: lambda:InvokeFunction on resource: ${ARN}`,
    );
  });

  test('giving a role to a function needs iam:PassRole', async () => {
    await lambda.deploy('worker', SOURCE);
    expect(lambda.questions.find(({ action }) => action === 'iam:PassRole')).toMatchObject({
      resource: ROLE,
      context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
    });
  });

  test('versions are listed and deleted', async () => {
    await lambda.deploy('worker', SOURCE);
    await lambda.create('Version', { FunctionName: 'worker' });
    await lambda.request(`PUT ${FUNCTION}/configuration`, { Timeout: 5 });
    await lambda.create('Version', { FunctionName: 'worker' });
    const listed = (await lambda.request(`GET ${FUNCTION}/versions`)).json.Versions;
    expect(
      listed.map(({ Version, Timeout }: { Version: string; Timeout: number }) => [Version, Timeout]),
    ).toEqual([
      ['$LATEST', 5],
      ['1', 20],
      ['2', 5],
    ]);
    expect((await lambda.request(`DELETE ${FUNCTION}?Qualifier=1`)).status).toBe(204);
    expect((await lambda.request(`GET ${FUNCTION}?Qualifier=1`)).status).toBe(404);
    expect((await lambda.request(`DELETE ${FUNCTION}?Qualifier=$LATEST`)).status).toBe(400);
  });

  test('a function gets another configuration', async () => {
    await lambda.deploy('worker', 'exports.other = async () => 1', { Description: 'before' });
    const configuration = {
      Description: 'after',
      Handler: 'index.other',
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/my/logs' },
      MemorySize: 256,
      Runtime: 'nodejs22.x',
      Timeout: 7,
    };
    const { status } = await lambda.request(`PUT ${FUNCTION}/configuration`, configuration);
    expect(status).toBe(200);
    expect((await lambda.request(`GET ${FUNCTION}/configuration`)).json).toMatchObject(configuration);
  });

  test('a function keeps its settings with new code', async () => {
    await lambda.deploy('worker', SOURCE, { Timeout: 7 });
    const ZipFile = storedZip({ 'index.js': 'exports.handler = async () => 2' }).toString('base64');
    const updated = await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile, Architectures: ['arm64'] });
    expect(updated.json).toMatchObject({ Version: '$LATEST', Timeout: 7, Architectures: ['arm64'] });
    expect((await lambda.invoke('worker')).json).toBe(2);
  });

  test('functions are listed in pages', async () => {
    for (const name of ['c', 'a', 'b']) await lambda.deploy(name, SOURCE);
    const names = ({ Functions }: { Functions: { FunctionName: string }[] }) =>
      Functions.map(({ FunctionName }) => FunctionName);
    const first = (await lambda.request('GET /2015-03-31/functions/?MaxItems=2')).json;
    expect(names(first)).toEqual(['a', 'b']);
    const second = (await lambda.request(`GET /2015-03-31/functions?Marker=${first.NextMarker}`)).json;
    expect([names(second), second.NextMarker]).toEqual([['c'], undefined]);
  });

  test('a deleted function is not found', async () => {
    await lambda.deploy('worker', SOURCE);
    await lambda.invoke('worker');
    expect((await lambda.request(`DELETE ${FUNCTION}`)).status).toBe(204);
    const response = await lambda.invoke('worker');
    expect(response.status).toBe(404);
    expect(response.json).toEqual({ Type: 'User', Message: `Function not found: ${ARN}:$LATEST` });
    await lambda.deploy('worker', SOURCE);
  });

  test('a name can be used only once', async () => {
    await lambda.deploy('worker', SOURCE);
    await expect(lambda.deploy('worker', SOURCE)).rejects.toThrow('Function already exist: work');
  });

  test('permissions are added, read and removed', async () => {
    await lambda.deploy('worker', SOURCE);
    expect((await lambda.request(`GET ${FUNCTION}/policy`)).status).toBe(404);
    const permission = {
      StatementId: 'account',
      Action: 'lambda:InvokeFunction',
      Principal: '222222222222',
      PrincipalOrgID: 'o-abcdefghij',
    };
    const added = await lambda.request(`POST ${FUNCTION}/policy`, permission);
    const statement = {
      Sid: 'account',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::222222222222:root' },
      Action: 'lambda:InvokeFunction',
      Resource: ARN,
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    };
    expect([added.status, JSON.parse(added.json.Statement)]).toEqual([201, statement]);
    expect((await lambda.request(`POST ${FUNCTION}/policy`, permission)).status).toBe(409);
    const read = await lambda.request(`GET ${FUNCTION}/policy`);
    expect(JSON.parse(read.json.Policy).Statement).toEqual([statement]);
    await lambda.invoke('worker');
    expect(
      lambda.questions.findLast(({ action }) => action === 'lambda:InvokeFunction')?.resourcePolicy,
    ).toMatchObject({
      document: { Statement: [statement] },
    });
    expect((await lambda.request(`DELETE ${FUNCTION}/policy/account`)).status).toBe(204);
    expect((await lambda.request(`DELETE ${FUNCTION}/policy/account`)).status).toBe(404);
  });

  test('an operation that local AWS does not implement is refused by name', async () => {
    const response = await lambda.request(
      `PUT ${FUNCTION}/event-invoke-config`.replace('2015-03-31', '2019-09-25'),
      {},
    );
    expect(response.status).toBe(501);
    expect(response.json.Message).toContain(
      'local AWS does not implement lambda:PutFunctionEventInvokeConfig. ',
    );
  });
});
