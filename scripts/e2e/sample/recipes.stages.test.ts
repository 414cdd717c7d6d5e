import { existsSync, readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parse } from 'yaml';
import { copyProject, type ProjectCopy } from '../../../libs/cli/src/project/copy-project.ts';
import { runInProcess } from '../../../libs/cli/src/run-in-process.testing.ts';
import { sampleEvents } from '../../../libs/local-aws/src/console/client/sample-events.ts';
import { projectRoot } from '../../lib/project.ts';
import { run } from '../../lib/tools.ts';
import { callApi, signed } from '../call-api.testing.ts';
import { deployPackages, packageService } from '../packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  edit,
  invokeCaller,
  startTestBed,
  type TestBed,
} from '../test-bed.testing.ts';
import { copyWithRecipe } from './recipes.testing.ts';

/** The roles as which the first function calls, by the access mode of the stage. */
const callerRoles = {
  'assume-role': 'cross-account-api-local-invoke',
  'resource-policy': 'cross-account-caller-local',
} as const;
type AccessMode = keyof typeof callerRoles;
const accessModes = Object.keys(callerRoles) as AccessMode[];

/** Deploys the services with a recipe, and removes them at the end. */
function deployed(recipe: string, accessMode: AccessMode, variant?: string): { bed: TestBed } {
  const state = {} as { bed: TestBed };
  beforeAll(async () => {
    state.bed = await startTestBed({ copy: () => copyWithRecipe(recipe, variant) });
    await setAccessMode(state.bed, accessMode);
    await checkTypes(state.bed);
    await deployPackages(state.bed);
  });
  afterAll(() => state.bed?.close());
  return state;
}

async function setAccessMode({ project: { root } }: TestBed, accessMode: AccessMode): Promise<void> {
  const file = join(root, 'services/stages.yml');
  // A recipe can have settings.
  const stages = existsSync(file) ? parse(await readFile(file, 'utf8')) : {};
  await writeFile(file, JSON.stringify({ ...stages, local: { ...stages.local, accessMode } }));
}

async function checkTypes({ project: { root } }: TestBed): Promise<void> {
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '--noEmit', '--project', root], root);
}

const functionArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:cross-account-caller-local`;
const sampleEvent = (name: string) => sampleEvents(functionArn).find((each) => each.name === name)?.event;

/** The bodies of the messages that the APIs have stored. */
async function storedMessages({ administrator }: TestBed): Promise<readonly unknown[]> {
  const dynamoDb = new DynamoDBClient(administrator(API_ACCOUNT));
  const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand({}));
  const tables = TableNames.filter((name) => name.includes('MessagesTable'));
  const pages = await Promise.all(tables.map((TableName) => dynamoDb.send(new ScanCommand({ TableName }))));
  dynamoDb.destroy();
  return pages.flatMap(({ Items = [] }) => Items.map((item) => JSON.parse(item.body?.S ?? '')));
}

describe.each(accessModes)('a queue, in access mode %s', (accessMode) => {
  const state = deployed('queue', accessMode);

  test('only the records that failed are delivered again, and each message is stored once', async () => {
    const { Records } = sampleEvent('SQS queue') as { readonly Records: readonly object[] };
    const bad = [
      { ...Records[0], messageId: 'a list', body: '[]' },
      { ...Records[0], messageId: 'no JSON', body: 'order 3' },
    ];
    const batchItemFailures = [{ itemIdentifier: 'a list' }, { itemIdentifier: 'no JSON' }];
    for (const records of [
      [...Records, ...bad],
      [Records[0], ...bad],
    ]) {
      expect(await invokeCaller(state.bed, { Records: records })).toEqual({ payload: { batchItemFailures } });
    }
    const stored = await storedMessages(state.bed);
    expect(stored).toHaveLength(2);
    expect(stored).toEqual(expect.arrayContaining([{ order: 1 }, { order: 2 }]));
  });

  // Local AWS has no queues. Lambda refuses an event source whose messages the function's role may not receive.
  test('the role of the function may receive and delete the messages of its queue', async () => {
    const iam = new IAMClient(state.bed.administrator(CALLER_ACCOUNT));
    const RoleName = 'cross-account-caller-local';
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = await Promise.all(
      PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    );
    iam.destroy();
    const statements = policies.flatMap(
      ({ PolicyDocument = '' }) => JSON.parse(decodeURIComponent(PolicyDocument)).Statement,
    );
    expect(statements).toContainEqual({
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      Resource: [expect.stringMatching(/MessagesQueue/)],
    });
  });
});

describe.each(accessModes)('a schedule, in access mode %s', (accessMode) => {
  const state = deployed('schedule', accessMode);

  test('two invocations for one time send one report', async () => {
    const event = sampleEvent('Schedule');
    const first = await invokeCaller(state.bed, event);
    expect(first).toEqual({ payload: { day: '2026-01-02', id: expect.any(String) } });
    expect(await invokeCaller(state.bed, event)).toEqual(first);
    expect(await storedMessages(state.bed)).toEqual([{ report: '2026-01-02' }]);
  });
});

describe.each(accessModes)('a second function, in access mode %s', (accessMode) => {
  const state = deployed('second-function', accessMode);

  test('the second function logs under the name of the service, as the first does', async () => {
    const lambda = new LambdaClient(state.bed.administrator(CALLER_ACCOUNT));
    const read = new GetFunctionConfigurationCommand({ FunctionName: `${functionArn}-report` });
    const { Environment } = await lambda.send(read);
    lambda.destroy();
    expect(Environment?.Variables).toMatchObject({ POWERTOOLS_SERVICE_NAME: 'cross-account-caller' });
  });

  test('both functions call, each with its role', async () => {
    const roleOf = async (name: string, event = {}) =>
      (await state.bed.aws.as(CALLER_ACCOUNT).invoke(`${functionArn}${name}`, event)).payload;
    const ofReport = {
      'assume-role': 'cross-account-api-local-invoke.report',
      'resource-policy': 'cross-account-caller-local-report',
    } as const;
    expect(await roleOf('-report')).toBe(ofReport[accessMode]);
    const args = ['call', '--caller', 'report', '--event', '{}'];
    const shown = await runInProcess(args, state.bed.project.root, {
      LOCAL_AWS_ROOT: state.bed.localAwsRoot,
    });
    expect(shown).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`"${ofReport[accessMode]}"`),
    });
    expect(await roleOf('', { operation: 'getWhoami' })).toMatchObject({
      body: { caller: { roleName: callerRoles[accessMode] } },
    });
  });
});

describe.each([
  ['assume-role', undefined, 'billing-local-invoke.shop'],
  ['resource-policy', 'resource-policy', 'cross-account-caller-local'],
])('two APIs, the other in access mode %s', (accessMode, variant, billedAs) => {
  let bed: TestBed;
  /** The project of the team that has the other API. */
  let other: ProjectCopy;
  beforeAll(async () => {
    bed = await startTestBed({ copy: () => copyWithRecipe('two-apis', variant) });
    other = await copyProject();
    await edit(other, 'services/api/serverless.yml', /^service: .*/m, 'service: billing');
    const shop = {
      accountId: CALLER_ACCOUNT,
      roleName: 'cross-account-caller-local',
      externalId: 'billing-id',
      routes: ['POST /messages'],
    };
    const stages = JSON.stringify({ local: { accessMode, callers: { shop } } });
    await writeFile(join(other.root, 'services/stages.yml'), stages);
    const packaged = await packageService(join(other.root, 'services/api'), ['--stage', 'local']);
    await bed.aws.deploy(packaged, { account: API_ACCOUNT });
    const args = ['handover', '--stage', 'local', '--caller', 'shop'];
    const handover = await runInProcess(args, other.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });
    expect(handover).toMatchObject({ exitCode: 0 });
    // What the team hands over, as it is.
    await cp(
      join(other.root, 'handover/local-shop/stages.yml'),
      join(bed.project.root, 'services/stages.yml'),
    );
    await checkTypes(bed);
    await deployPackages(bed);
  });
  afterAll(async () => {
    await bed?.close();
    await other?.remove();
  });

  test('each is called as its own role, and stores the order', async () => {
    const order = { pens: 2 };
    expect(await invokeCaller(bed, order)).toEqual({
      payload: { id: expect.any(String), billedAs },
    });
    expect(await storedMessages(bed)).toEqual([order, order]);
  });

  test('if one refuses the order, the invocation fails', async () => {
    const effect = { type: 'error', status: 400, code: 'BadRequestException' } as const;
    const match = { service: 'execute-api', principal: `*${billedAs}*` };
    bed.aws.faults.set({ rules: [{ match, effect }] });
    const { functionError, payload } = await invokeCaller(bed, { pens: 3 });
    bed.aws.faults.clear();
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'ApiError' });
  });
});

describe('a plain handler', () => {
  const state = deployed('plain-handler', 'assume-role');

  test('calls as the role, whose credentials it keeps, and replaces if the API rejects them', async () => {
    for (const event of [{}, { operation: 'getWhoami' }]) {
      expect(await invokeCaller(state.bed, event)).toMatchObject({
        payload: {
          status: 200,
          attempts: 1,
          body: { caller: { roleName: 'cross-account-api-local-invoke' } },
        },
      });
    }
    const sessions = () => state.bed.aws.calls().filter(({ operation }) => operation === 'AssumeRole');
    expect(sessions()).toHaveLength(1);
    const roleArn = `arn:aws:iam::${API_ACCOUNT}:role/cross-account-api-local-invoke`;
    state.bed.aws.localAws.directory.endSessions(roleArn, 'expire');
    expect(await invokeCaller(state.bed)).toMatchObject({ payload: { status: 200, attempts: 2 } });
    expect(sessions()).toHaveLength(2);
  });
});

describe('a plain handler, in access mode resource-policy', () => {
  const state = deployed('plain-handler', 'resource-policy', 'resource-policy');

  test('calls as itself', async () => {
    for (const event of [{}, { operation: 'getWhoami' }]) {
      expect(await invokeCaller(state.bed, event)).toMatchObject({
        payload: {
          status: 200,
          attempts: 1,
          body: { caller: { roleName: 'cross-account-caller-local', accountId: CALLER_ACCOUNT } },
        },
      });
    }
    expect(state.bed.aws.calls().filter(({ operation }) => operation === 'AssumeRole')).toEqual([]);
  });
});

describe.each(accessModes)('a front door, in access mode %s', (accessMode) => {
  const state = deployed('front-door', accessMode);

  test('in stage local, IAM guards it', async () => {
    const apiGateway = new ApiGatewayV2Client(state.bed.administrator(CALLER_ACCOUNT));
    const { Items: [api] = [] } = await apiGateway.send(new GetApisCommand({}));
    apiGateway.destroy();
    const url = `${api?.ApiEndpoint}/messages`;
    const request = { method: 'POST', headers: { 'idempotency-key': 'key-1' }, body: '{"foo":"bar"}' };
    expect(await callApi(state.bed, url, request)).toMatchObject({ status: 403 });
    const keys = state.bed.administrator(CALLER_ACCOUNT).credentials;
    const answers = [];
    for (let count = 0; count < 2; count += 1) {
      answers.push(await callApi(state.bed, url, await signed(url, keys, request)));
    }
    expect(answers).toMatchObject([{ status: 201 }, { status: 201 }]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(await storedMessages(state.bed)).toEqual([
      { user: expect.stringContaining(`arn:aws:iam::${CALLER_ACCOUNT}:`), message: { foo: 'bar' } },
    ]);
  });

  test('in another stage, users of the pool may use it, and nobody else', async () => {
    const { root } = state.bed.project;
    const settings = {
      region: 'eu-central-1',
      apiAccountId: API_ACCOUNT,
      callerAccountId: CALLER_ACCOUNT,
      externalId: 'external-id',
    };
    await writeFile(join(root, 'services/stages.yml'), JSON.stringify({ dev: settings }));
    const packaged = await packageService(join(root, 'services/caller'), [
      ...['--stage', 'dev', '--param', 'apiUrl=https://abc123.execute-api.eu-central-1.amazonaws.com/dev'],
      ...['--param', `invokeRoleArn=arn:aws:iam::${API_ACCOUNT}:role/invoke`],
    ]);
    const template = JSON.parse(
      readFileSync(join(packaged, 'cloudformation-template-update-stack.json'), 'utf8'),
    );
    const resources = Object.values(template.Resources) as { Type: string; Properties: object }[];
    const ofType = (type: string) =>
      resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
    expect(ofType('AWS::ApiGatewayV2::Authorizer')).toMatchObject([
      {
        AuthorizerType: 'JWT',
        JwtConfiguration: {
          Audience: [{ Ref: 'UserPoolClient' }],
          Issuer: { 'Fn::Sub': expect.stringContaining('cognito-idp') },
        },
      },
    ]);
    expect(ofType('AWS::ApiGatewayV2::Route')).toMatchObject([{ AuthorizationType: 'JWT' }]);
  });
});
