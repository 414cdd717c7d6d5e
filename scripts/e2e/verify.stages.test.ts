import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { requiredPermissions } from '../../libs/cli/src/commands/verify/required-permissions.ts';
import { type VerifyStageOptions, verifyStage } from '../../libs/cli/src/commands/verify/verify-stage.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { projectRoot } from '../lib/project.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

const INVOKE_ROLE = 'depot-local-invoke';
const CALLER = 'shop-local';
const PARCELS = 'depot-local-parcels';
const SENDER = 'depot-local-sender';
const API_STACK = 'depot-local';

let bed: TestBed;
const clients: { destroy(): void }[] = [];
beforeAll(async () => {
  bed = await startTestBed();
  jest.spyOn(process, 'cwd').mockReturnValue(bed.project.root);
  await deployPackages(bed);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  jest.restoreAllMocks();
  await bed?.close();
});

function use<Client extends { destroy(): void }>(
  Client: new (settings: object) => Client,
  accountId: string = API_ACCOUNT,
): Client {
  const client = new Client(bed.administrator(accountId));
  clients.push(client);
  return client;
}

const verify = (options: Partial<VerifyStageOptions> = {}) =>
  verifyStage({ stage: 'local', localAwsRoot: bed.localAwsRoot, environment: process.env, ...options });

/** The names of the probes that fail. */
async function failures(): Promise<string[]> {
  const { results } = await verify();
  return results.filter(({ pass }) => !pass).map(({ probe }) => probe.name);
}

/** Undoes a change. */
type Restore = () => Promise<unknown>;

async function changeTrust(
  change: (statement: TrustStatement) => object | readonly object[],
): Promise<Restore> {
  const iam = use(IAMClient);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: INVOKE_ROLE }));
  const before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
  const { Version, Statement } = JSON.parse(before) as { Version: string; Statement: [TrustStatement] };
  const update = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: INVOKE_ROLE, PolicyDocument }));
  await update(JSON.stringify({ Version, Statement: change(Statement[0]) }));
  return () => update(before);
}

interface TrustStatement {
  readonly Principal: { readonly AWS: string };
  readonly Condition: {
    readonly ArnEquals: { readonly 'aws:PrincipalArn': string };
    readonly StringEquals: { readonly 'sts:ExternalId': string };
  };
}

/** Replaces the statements of a role's inline policy; without statements, the policy is removed. */
async function changePolicy(
  accountId: string,
  RoleName: string,
  change: Readonly<Record<string, string>> | undefined,
): Promise<Restore> {
  const iam = use(IAMClient, accountId);
  const { PolicyNames: [PolicyName] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const before = decodeURIComponent(PolicyDocument);
  const put = (document: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
  if (change === undefined) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  } else {
    const { Version, Statement } = JSON.parse(before) as { Version: string; Statement: [object] };
    await put(JSON.stringify({ Version, Statement: [{ ...Statement[0], ...change }] }));
  }
  return () => put(before);
}

/** The resources of a template. */
type Resources = Readonly<Record<string, { readonly Properties: Record<string, unknown> }>>;

/** Changes the template of the api service's stack, and deploys the API anew to the stage. */
async function changeStack(change: (resources: Resources) => void): Promise<Restore> {
  const cloudFormation = use(CloudFormationClient);
  const StackName = API_STACK;
  const { TemplateBody: before = '' } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
  // A deployment is a snapshot: the stage gets the change with a new one.
  const template = JSON.parse(before.replaceAll(/ApiGatewayDeployment(?=[0-9a-f]{16})/g, '$&0'));
  change(template.Resources);
  const update = async (TemplateBody: string) => {
    await cloudFormation.send(
      new UpdateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
    );
    for (;;) {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const status = Stacks?.[0]?.StackStatus;
      if (status === 'UPDATE_COMPLETE') return;
      expect(status).toMatch(/^UPDATE_.*IN_PROGRESS$/);
      await setTimeout(20);
    }
  };
  await update(JSON.stringify(template));
  return () => update(before);
}

/** Takes the authorizer from a method. */
const openMethod = (logicalId: string) =>
  changeStack((resources) => {
    resources[logicalId]!.Properties.AuthorizationType = 'NONE';
  });

/** Lets account B call the API as itself. */
const admitAccountB = () =>
  changeStack((resources) => {
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: CALLER_ACCOUNT },
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
    };
    resources.ApiGatewayRestApi!.Properties.Policy = { Version: '2012-10-17', Statement: [statement] };
  });

async function permitAccountB(FunctionName: string): Promise<Restore> {
  const lambda = use(LambdaClient);
  const StatementId = 'account-b';
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId,
      Action: 'lambda:InvokeFunction',
      Principal: CALLER_ACCOUNT,
    }),
  );
  return () => lambda.send(new RemovePermissionCommand({ FunctionName, StatementId }));
}

async function forbidApiGateway(FunctionName: string): Promise<Restore> {
  const lambda = use(LambdaClient);
  const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  const { Statement } = JSON.parse(Policy) as {
    Statement: [{ Sid: string; Condition: { ArnLike: Record<string, string> } }];
  };
  const [{ Sid: StatementId, Condition }] = Statement;
  const [SourceArn] = Object.values(Condition.ArnLike);
  await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId }));
  return () =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId,
        SourceArn,
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
      }),
    );
}

async function forgetKeys(): Promise<Restore> {
  const lambda = use(LambdaClient);
  const FunctionName = PARCELS;
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { IDEMPOTENCY_TABLE: _, ...Variables } = Environment?.Variables ?? {};
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  return () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
}

/** Runs the program of `npm run verify`. */
async function run(...args: readonly string[]) {
  const program = join(projectRoot, 'libs/cli/cross-account.cjs');
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, LOCAL_AWS_ROOT: bed.localAwsRoot };
  return promisify(execFile)(process.execPath, [program, 'verify', ...args], { env, cwd: bed.project.root });
}

test('the command prints a table of 80 columns, and a report that does not identify the deployment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'verify-'));
  try {
    const file = join(folder, 'report.json');
    // A changed function starts cold.
    const caller = { FunctionName: CALLER, Description: 'changed' };
    await use(LambdaClient, CALLER_ACCOUNT).send(new UpdateFunctionConfigurationCommand(caller));
    const { stdout } = await run('--stage', 'local', '--compare', 'local', '--report', file);
    expect(stdout).toContain('✔ unsigned GET /sender                   403 MissingAuthenticationToken');
    expect(stdout).toMatch(/All \d+ probes of stage local passed\..*Local AWS answers every probe alike\./s);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);

    const report = await readFile(file, 'utf8');
    expect(JSON.parse(report).probes).toContainEqual({
      name: 'account B’s profile assumes the role',
      expected: '403 AccessDenied: is not authorized to perform: sts:AssumeRole',
      stage: '403 AccessDenied: User: … is not authorized to perform: sts:AssumeRole on resource: …',
      local: '403 AccessDenied: User: … is not authorized to perform: sts:AssumeRole on resource: …',
      same: true,
    });
    const figures = { durationMs: expect.any(Number), maxMemoryUsedMb: expect.any(Number) };
    expect(JSON.parse(report).evidence).toMatchObject({
      coldCall: { ...figures, initDurationMs: expect.any(Number) },
      warmCall: figures,
    });
    expect(report).not.toMatch(
      /\d{12}|arn:|amazonaws|cross-account|us-east-1|administrator|local-external-id/,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the command fails if a probe fails, and --json names it, with the expected and the observed result', async () => {
  const restore = await permitAccountB(PARCELS);
  try {
    const failed = await runInProcess(['verify', '--json'], bed.project.root, {
      LOCAL_AWS_ROOT: bed.localAwsRoot,
    });
    expect(failed).toMatchObject({ exitCode: 1 });
    const { stage, pass, probes } = JSON.parse(failed.stdout);
    expect({ stage, pass }).toEqual({ stage: 'local', pass: false });
    expect(probes.filter((probe: { pass: boolean }) => !probe.pass)).toEqual([
      {
        name: 'function of POST /parcels, invoked',
        group: 'Without the invoke role',
        credentials: 'account B',
        expected: '403 AccessDeniedException: is not authorized to perform: lambda:InvokeFunction',
        observed: '204: Lambda would invoke the function',
        pass: false,
      },
    ]);
  } finally {
    await restore();
  }
});

test('all probes of a new deployment pass, no record of a key is left in the table, and what may be left is named', async () => {
  const { results, leftOut, notes } = await verify();
  expect(results.filter(({ pass }) => !pass)).toEqual([]);
  const dynamoDb = use(DynamoDBClient);
  const { TableNames: [TableName] = [] } = await dynamoDb.send(new ListTablesCommand({}));
  expect(await dynamoDb.send(new ScanCommand({ TableName }))).toMatchObject({ Count: 0 });
  expect(leftOut).toEqual([]);
  expect(notes.join()).toMatch(/^The probes have executed POST \/parcels\. What the API has stored stays/);
});

test('without permission to write, as on AWS, no function that may write runs, and what is left out is named with its reason', async () => {
  const before = bed.aws.calls().length;
  const { pass, leftOut, notes } = await verify({ allowWrite: false });
  expect(pass).toBe(true);
  expect(leftOut).toContainEqual({ route: 'POST /parcels', reason: 'it may write' });
  expect(notes.join()).toContain('Not executed: POST /parcels (it may write)');
  const invoked = bed.aws
    .calls()
    .slice(before)
    .flatMap(({ decisions }) => decisions.filter(({ action }) => action === 'lambda:InvokeFunction'))
    .filter(({ allowed, resource }) => allowed && resource.endsWith(PARCELS));
  expect(invoked).toEqual([]);
});

test.each<[string, () => Promise<Restore>, readonly string[]]>([
  [
    'the trust policy has no external ID',
    () =>
      changeTrust(({ Condition: { ArnEquals }, ...statement }) => ({
        ...statement,
        Condition: { ArnEquals },
      })),
    ['the caller’s role, wrong external ID', 'the caller’s role, no external ID'],
  ],
  [
    'the trust policy does not name the caller’s role',
    () =>
      changeTrust(({ Condition: { StringEquals }, ...statement }) => ({
        ...statement,
        Condition: { StringEquals },
      })),
    ['account B’s profile assumes the role', 'another role of account B'],
  ],
  [
    'the trust policy admits the caller’s role of any account',
    () =>
      changeTrust(({ Condition, ...statement }) => ({
        ...statement,
        Principal: { AWS: '*' },
        Condition: { ...Condition, ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::*:role/${CALLER}` } },
      })),
    ['a role of its name elsewhere'],
  ],
  [
    'the trust policy trusts account A, too',
    () =>
      changeTrust((statement) => {
        const { StringEquals } = statement.Condition;
        const Principal = { AWS: `arn:aws:iam::${API_ACCOUNT}:root` };
        return [statement, { ...statement, Sid: 'AccountA', Principal, Condition: { StringEquals } }];
      }),
    ['account A’s profile assumes the role'],
  ],
  [
    'the invoke role may do everything',
    () => changePolicy(API_ACCOUNT, INVOKE_ROLE, { Resource: '*', Action: '*' }),
    [
      'invoke role, another route',
      'invoke role, another method',
      'invoke role, another stage',
      'invoke role, another API',
      'invoke role, lambda:InvokeFunction',
      'invoke role, dynamodb:GetItem',
    ],
  ],
  [
    'the caller’s role may no longer assume the invoke role, while its function still has a session',
    () => changePolicy(CALLER_ACCOUNT, CALLER, undefined),
    ['policies allow every step of the call'],
  ],
  [
    'GET /sender has no authorizer',
    () => openMethod('ApiGatewayMethodSenderGet'),
    [
      // The function refuses a request without a verified identity.
      'getSender (GET /sender)',
      'unsigned GET /sender',
      'correct signature',
      'path changed after signing',
      'query changed after signing',
      'header changed after signing',
      'signed with another secret key',
      'signed for another region',
      'replayed after the time window',
      'malformed session token',
      'account B’s profile signs itself',
      'policies allow every step of the call',
      'stage serves the API’s routes, signed',
    ],
  ],
  [
    'POST /parcels has no authorizer',
    () => openMethod('ApiGatewayMethodParcelsPost'),
    [
      'postParcel (POST /parcels)',
      'postParcel, twice with one key',
      'unsigned POST /parcels',
      'body changed after signing',
      'policies allow every step of the call',
      'stage serves the API’s routes, signed',
    ],
  ],
  ['account B may invoke a function', () => permitAccountB(PARCELS), ['function of POST /parcels, invoked']],
  ['the API admits account B', admitAccountB, ['account B’s profile signs itself']],
  [
    'API Gateway may not invoke a function',
    () => forbidApiGateway(PARCELS),
    ['postParcel (POST /parcels)', 'postParcel, twice with one key', 'policies allow every step of the call'],
  ],
  ['the API remembers no keys', forgetKeys, ['postParcel (POST /parcels)', 'postParcel, twice with one key']],
])('if %s, the probes of this control fail and no others', async (_what, change, expected) => {
  const restore = await change();
  try {
    expect(await failures()).toEqual(expected);
  } finally {
    await restore();
  }
});

describe('a caller function whose serverless.yml does not say that it takes operations', () => {
  const line = '    takesOperations: true\n';
  beforeAll(() => edit(bed.project, 'services/caller/serverless.yml', line, ''));
  afterAll(() =>
    edit(bed.project, 'services/caller/serverless.yml', /(?<=handler: src\/caller.handler\n)/, line),
  );

  /** Verifies, and counts the invocations of the caller function. */
  async function verifyWith(event?: unknown) {
    const before = bed.aws.calls().length;
    const { results, notes, pass } = await verifyStage({
      stage: 'local',
      localAwsRoot: bed.localAwsRoot,
      environment: process.env,
      event,
    });
    // A DryRun is answered with 204 or 403.
    const invocations = bed.aws
      .calls()
      .slice(before)
      .filter(({ operation, status }) => operation === 'Invoke' && status === 200);
    const called = results.filter(({ probe }) => probe.credentials === 'caller function');
    return {
      called: called.map(({ probe, observed }) => [probe.name, observed.outcome]),
      evaluated: results.flatMap(({ probe, observed }) =>
        /^invoke role, another (?:route|method)$/.test(probe.name) ? [observed.outcome] : [],
      ),
      invocations: invocations.length,
      notes,
      pass,
    };
  }

  test('is not invoked without --event, and a note says so', async () => {
    expect(await verifyWith()).toEqual({
      called: [],
      evaluated: ['denied', 'denied'],
      invocations: 0,
      notes: [expect.stringMatching(/no line "takesOperations: true" .*--event JSON/)],
      pass: true,
    });
  });

  test.each([
    ['returns', { operation: 'getSender' }, 'returned', true],
    ['fails', { operation: 'getSenders' }, 'Error', false],
  ])('is invoked once with the event that it gets, and %s', async (_what, event, outcome, pass) => {
    expect(await verifyWith(event)).toEqual({
      called: [['the event of --event', outcome]],
      evaluated: ['denied', 'denied'],
      invocations: 1,
      notes: [],
      pass,
    });
  });

  test('fails with a batch of which a record failed, and explain has the answer of the API', async () => {
    const record = (messageId: string, event: object) => ({ messageId, body: JSON.stringify(event) });
    const bad = record('bad', { operation: 'getParcel', input: { id: 'none' } });
    const Records = [record('good', { operation: 'getSender' }), bad];
    expect(await verifyWith({ Records })).toMatchObject({
      called: [['the event of --event', 'batch failures']],
      pass: false,
    });
    const { stdout } = await runInProcess(['explain'], bed.project.root, {
      LOCAL_AWS_ROOT: bed.localAwsRoot,
    });
    expect(stdout).toContain('execute-api GET /parcels/{id}  400');
    expect(stdout).toContain('must be a UUID');
  });
});

describe('with the policy that --required-permissions prints', () => {
  const statements = () => requiredPermissions('local').Statement;
  const without = (action: string) =>
    statements()
      .map((each) => ({ ...each, Action: each.Action.filter((one) => one !== action) }))
      .filter(({ Action }) => Action.length > 0);

  let folder: string;
  const environment = { ...process.env };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
    const keys = await Promise.all(
      Object.entries({ 'local-api': API_ACCOUNT, 'local-caller': CALLER_ACCOUNT }).map(
        async ([profile, accountId]) => {
          const iam = use(IAMClient, accountId);
          await iam.send(new CreateUserCommand({ UserName: 'verifier' }));
          const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'verifier' }));
          return `[${profile}]\naws_access_key_id = ${AccessKey?.AccessKeyId}\naws_secret_access_key = ${AccessKey?.SecretAccessKey}\n`;
        },
      ),
    );
    const credentials = join(folder, 'credentials');
    await writeFile(credentials, keys.join(''));
    Object.assign(process.env, {
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_CONFIG_FILE: join(folder, 'config'),
    });
  });
  afterAll(async () => {
    process.env = environment;
    await rm(folder, { recursive: true, force: true });
  });

  async function verifyWith(allowed: readonly object[]) {
    for (const accountId of [API_ACCOUNT, CALLER_ACCOUNT]) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed });
      await use(IAMClient, accountId).send(
        new PutUserPolicyCommand({ UserName: 'verifier', PolicyName: 'verify', PolicyDocument }),
      );
    }
    // A copy: the SDK keeps reading the users' keys, and finds local AWS by the endpoint that it is given.
    return verifyStage({
      stage: 'local',
      localAwsRoot: bed.localAwsRoot,
      environment: { ...process.env },
    });
  }

  test('all probes pass', async () => {
    const { pass, notes } = await verifyWith(statements());
    expect({ pass, notes }).toEqual({ pass: true, notes: [expect.stringContaining('have executed')] });
  });

  test.each([
    [
      'lambda:InvokeFunction',
      [
        'postParcel (POST /parcels)',
        'getSender (GET /sender)',
        'getParcel (GET /parcels/{id})',
        'postParcel, twice with one key',
      ],
    ],
    ['execute-api:Invoke', ['correct signature']],
  ])('but without %s, the probes that need it fail', async (action, expected) => {
    const { results } = await verifyWith(without(action));
    expect(results.flatMap(({ probe, pass }) => (pass ? [] : [probe.name]))).toEqual(expected);
  });

  test('but without dynamodb:DeleteItem, a note lists the leftovers, and how long they stay', async () => {
    const { pass, notes } = await verifyWith(without('dynamodb:DeleteItem'));
    expect(pass).toBe(true);
    expect(notes).toEqual([
      expect.stringContaining('have executed'),
      expect.stringMatching(/messages .* stay in the table .* 24 hours .*DeleteItem/),
    ]);
  });
});

describe('while AWS spreads a change', () => {
  /** Undoes a change, which becomes visible later. */
  async function undoneLater(change: Promise<Restore>, ms: number): Promise<void> {
    const restore = await change;
    bed.aws.faults.set({ rules: [{ effect: { type: 'propagation', ms } }] });
    await restore();
    bed.aws.faults.clear();
  }

  /** @returns the names of the probes that failed, and of those that were repeated */
  const verifyPatiently = async (waitSeconds: number) => {
    const waited: string[] = [];
    const { results } = await verifyStage({
      stage: 'local',
      localAwsRoot: bed.localAwsRoot,
      environment: process.env,
      waitSeconds,
      onWait: ({ name }, { outcome }) => waited.push(`${name}: ${outcome}`),
    });
    return { failed: results.flatMap(({ probe, pass }) => (pass ? [] : [probe.name])), waited };
  };

  test('verify repeats a probe that must succeed, and prints the reason', async () => {
    await undoneLater(forbidApiGateway(PARCELS), 8_000);
    expect(await verifyPatiently(60)).toEqual({
      failed: [],
      waited: ['postParcel (POST /parcels): 500 InternalServerErrorException'],
    });
  });

  test('all probes pass when everything is restored', async () => {
    expect(await failures()).toEqual([]);
  });

  // Both changes become visible after the last test.

  test('an attack that gets through is a failure, although it would be refused later', async () => {
    await undoneLater(permitAccountB(SENDER), 600_000);
    expect((await verifyPatiently(60)).failed).toEqual(['function of GET /sender, invoked']);
  });

  test('without time to wait, a call that is refused is a failure', async () => {
    await undoneLater(forbidApiGateway(PARCELS), 600_000);
    const { failed, waited } = await verifyPatiently(0);
    expect(failed).toContain('postParcel (POST /parcels)');
    expect(waited).toEqual([]);
  });
});
