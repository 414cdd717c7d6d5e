import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  APIGatewayClient,
  GetRestApiCommand,
  TagResourceCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  GetTemplateCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteItemCommand, DeleteTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { readServices } from '@cross-account-api/serverless-plugin';
import type { CheckResult } from '../../libs/cli/src/commands/check/check-result.ts';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { projectRoot } from '../lib/project.ts';
import { type ApiAnswer, callApi, type Keys, signed } from './call-api.testing.ts';
import { startCommand } from './command.testing.ts';
import { type DeployedResources, deployedResources, noResources } from './deployed-resources.testing.ts';
import {
  asDeploymentRole,
  CUSTOM_DOMAIN,
  createCi,
  createDeploymentRoles,
  keysOf,
  limitToApi,
  SUBJECT,
  TABLE_KEY_ID,
  useDeploymentRoles,
} from './deployment-roles.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  edit,
  invokeCaller,
  type SdkSettings,
  settledStackStatus,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

// npm run check starts the CLI for each service.
jest.mock('../../libs/cli/src/project/sls.ts', () => ({
  ...jest.requireActual('../../libs/cli/src/project/sls.ts'),
  sls: (...run: Parameters<typeof warmSls>) => warmSls(...run),
}));

/** An answer of the API. An error has no status; the operation that the caller calls says which one an answer has. */
const answered = { payload: { status: expect.any(Number), attempts: expect.any(Number) } };

// The services of this repository, with any names and routes: their deployment needs these roles.
const { api: API, caller: CALLER } = stageNames('local');
const { functions = [], roles: [aRole = ''] = [] } = readServices(projectRoot).api ?? {};
const [aFunction = ''] = functions;
const [{ method, path: routePath } = {}] = readContract(projectRoot).operations;
const BOUNDARY = `arn:aws:iam::${API_ACCOUNT}:policy/${API}-boundary`;
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const ci = createCi();
const tokenOf = (sub: string) =>
  ci.token({ sub, aud: 'sts.amazonaws.com', exp: Math.floor(Date.now() / 1000) + 3_600 });

let bed: TestBed;
/** The time of the first deployment, which is part of its name. */
let firstVersion: string;
beforeAll(async () => {
  bed = await startTestBed({ sample: true, tokenIssuers: ci.tokenIssuers });
  await createDeploymentRoles(bed, { RolePath: '/company/' });
  const settings = {
    permissionsBoundary: '<service>-local-boundary',
    rolePath: '/company/',
    tags: { team: 'payments' },
    alarms: true,
    tableBackup: true,
    customDomain: CUSTOM_DOMAIN,
    tableKeyId: TABLE_KEY_ID,
    apiLogKeyId: 'mrk-0123456789abcdef0123456789abcdef',
    callers: {
      billing: {
        accountId: CALLER_ACCOUNT,
        roleName: 'billing',
        externalId: 'billing-id',
        routes: [`${method} ${routePath}`],
      },
    },
  };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));
  await useDeploymentRoles(bed, tokenOf(SUBJECT));
});
afterAll(() => bed?.close());

/** Calls a route as account A's administrator, who may call every route. */
async function getRoute(path: string): Promise<ApiAnswer> {
  const url = `${await apiOutput(bed, 'ApiUrl')}${path}`;
  return callApi(bed, url, await signed(url, bed.administrator(API_ACCOUNT).credentials));
}

/** Runs a command of the project. */
const run = ({ project, localAwsRoot }: TestBed, ...args: readonly string[]) =>
  runInProcess(args, project.root, { LOCAL_AWS_ROOT: localAwsRoot });

/** An API with a stage `local` that has one route, which takes signed requests only. */
const anotherTeamsApi = {
  Resources: {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'other' } },
    Root: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'Api' },
        ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
        HttpMethod: 'GET',
        AuthorizationType: 'AWS_IAM',
        Integration: {
          Type: 'MOCK',
          RequestTemplates: { 'application/json': '{"statusCode":200}' },
          IntegrationResponses: [{ StatusCode: '200', ResponseTemplates: { 'application/json': '{}' } }],
        },
        MethodResponses: [{ StatusCode: '200' }],
      },
    },
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: 'Root',
      Properties: { RestApiId: { Ref: 'Api' } },
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: { Ref: 'Api' },
        DeploymentId: { Ref: 'Deployment' },
        StageName: 'local',
      },
    },
  },
};

/** Clients of the services for an attacker. */
function clientsOf(settings: SdkSettings) {
  return {
    apiGateway: new APIGatewayClient(settings),
    cloudFormation: new CloudFormationClient(settings),
    dynamoDb: new DynamoDBClient(settings),
    iam: new IAMClient(settings),
    lambda: new LambdaClient(settings),
    sts: new STSClient(settings),
  };
}

// The tests follow one deployment from start to end.

test('the roles that CI assumes with its token deploy both services, whose roles all have the boundary', async () => {
  const before = bed.aws.calls().length;
  await bed.deploy();
  const note = await readFile(
    join(bed.project.root, 'services/api/.serverless/serverless-state.json'),
    'utf8',
  );
  [, firstVersion = ''] = /\/(\d+)-/.exec(JSON.parse(note).package.artifactDirectoryName) ?? [];
  const principals = bed.aws
    .calls()
    .slice(before)
    .map(({ principal = 'nobody' }) => principal);
  expect([...new Set(principals)].sort()).toEqual([
    `arn:aws:sts::${API_ACCOUNT}:assumed-role/deploy-${API}/run-1`,
    `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/deploy-${CALLER}/run-1`,
    'nobody',
  ]);
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const names = Roles.map(({ RoleName = '' }) => RoleName).filter((name) => name.startsWith(API));
  // One for each function, the invoke role and the role of a further caller.
  expect(names).toHaveLength(functions.length + 2);
  for (const RoleName of names) {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(BOUNDARY);
  }
  iam.destroy();
  expect(await invokeCaller(bed)).toMatchObject(answered);
});

test('once the API is known, an administrator limits the roles to it, and the caller still calls', async () => {
  await limitToApi(bed);
  expect(await invokeCaller(bed)).toMatchObject(answered);
});

test('the same roles check the stage before a deployment and verify it afterwards', async () => {
  for (const name of ['check', 'verify']) {
    const result = await run(bed, name, '--json');
    expect(result).toMatchObject({ exitCode: 0 });
    if (name === 'verify') continue;
    expect(result.stdout).not.toMatch(/"status": "(?:fail|warn)"/);
    expect(result.stdout).toContain(`deploy-${API} may do all`);
  }
});

test('the same roles put back what somebody changed by hand', async () => {
  const lambda = new LambdaClient(bed.administrator(CALLER_ACCOUNT));
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: CALLER,
      Environment: { Variables: {} },
    }),
  );
  lambda.destroy();
  expect((await invokeCaller(bed)).functionError).toBeDefined();
  // Their policy for verify has no room for the permissions of a detection, so it is not claimed that somebody did.
  const failed = await run(bed, 'verify', '--json');
  expect(JSON.parse(failed.stdout).notes).toContainEqual(
    expect.stringMatching(
      /^It is not known whether somebody changed .*not compared: cloudformation:DetectStackDrift on .*npm run repair -- --stage local compares it/,
    ),
  );
  const before = bed.aws.calls().length;
  expect(await run(bed, 'repair', '--stage', 'local', '--yes')).toMatchObject({ exitCode: 0 });
  const changes = bed.aws
    .calls()
    .slice(before)
    .filter(({ service, operation }) => service === 'cloudformation' && operation === 'ExecuteChangeSet');
  expect(changes.map(({ principal }) => principal)).toEqual([
    `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/deploy-${CALLER}/run-1`,
  ]);
  expect(await invokeCaller(bed)).toMatchObject(answered);
});

test.each(['lambda:GetPolicy', 'dynamodb:DescribeTimeToLive'])(
  'without %s, which reads, repair compares nothing and names it, and so does check',
  async (action) => {
    const iam = new IAMClient(bed.administrator(API_ACCOUNT));
    const policy = { RoleName: `deploy-${API}`, PolicyName: 'blind' };
    const Statement = { Effect: 'Deny', Action: action, Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
    const repaired = await run(bed, 'repair', '--yes');
    const checked = await run(bed, 'check');
    await iam.send(new DeleteRolePolicyCommand(policy));
    iam.destroy();
    expect(repaired.exitCode).toBe(1);
    expect(repaired.stdout).toContain(`is not authorized to perform: ${action} on resource`);
    expect(repaired.stdout).toContain('npm run check -- --stage local');
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout).toContain(action);
    expect(await run(bed, 'repair')).toMatchObject({ exitCode: 0 });
  },
);

test('check names the principal of an event that the role may not admit', async () => {
  const file = 'services/api/serverless.yml';
  const added = '      - s3: a-bucket-of-ours';
  await edit(bed.project, file, /^ {4}events:$/m, `    events:\n${added}`);
  const { stdout } = await run(bed, 'check', '--json');
  await edit(bed.project, file, `${added}\n`, '');
  const { findings }: { readonly findings: readonly CheckResult[] } = JSON.parse(stdout);
  const [failure, ...others] = findings.filter(({ status }) => status !== 'pass');
  expect(others).toEqual([]);
  expect(failure?.status).toBe('fail');
  expect(failure?.message).toBe(
    `No identity-based policy allows arn:aws:iam::${API_ACCOUNT}:role/deploy-${API} lambda:AddPermission for s3.amazonaws.com, lambda:RemovePermission for s3.amazonaws.com, which a deployment of api needs.`,
  );
  expect(failure?.remedy).toContain(
    'services/api/deployment-role.yml, which lacks lambda:AddPermission for s3.',
  );
  expect(failure?.remedy).toContain('"Condition":{"StringEquals":{"lambda:Principal":["s3.amazonaws.com"]}}');
});

test('a template with a role that nothing limits fails in AWS’s words and is rolled back', async () => {
  const { cloudFormation: administrator } = clientsOf(bed.administrator(API_ACCOUNT));
  const { TemplateBody = '' } = await administrator.send(new GetTemplateCommand({ StackName: API }));
  const evil = JSON.parse(TemplateBody);
  evil.Resources.Evil = {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'evil',
      ManagedPolicyArns: [ADMINISTRATOR],
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: API_ACCOUNT }, Action: 'sts:AssumeRole' },
      },
    },
  };
  const { cloudFormation } = clientsOf(await asDeploymentRole(bed, 'api', API_ACCOUNT, tokenOf(SUBJECT)));
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName: API,
      TemplateBody: JSON.stringify(evil),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  expect(await settledStackStatus(bed, API_ACCOUNT, API)).toBe('UPDATE_ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await administrator.send(new DescribeStackEventsCommand({ StackName: API }));
  administrator.destroy();
  cloudFormation.destroy();
  const failure = StackEvents.find(
    ({ LogicalResourceId, ResourceStatus }) =>
      LogicalResourceId === 'Evil' && ResourceStatus === 'CREATE_FAILED',
  );
  expect(failure?.ResourceStatusReason).toContain(
    'is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111111111111:role/evil because no identity-based policy allows the iam:CreateRole action',
  );
  expect(await invokeCaller(bed)).toMatchObject(answered);
});

describe('an attacker who takes over the CI system', () => {
  const OWN_ROLE = `${API}${aRole}`;
  const EVIL_ROLE = `${API}-evil`;
  const DEPLOYER = `deploy-${API}`;
  const policyOf = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
  const everything = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' });
  const trust = (Principal: object) => policyOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  const trustDeployer = trust({ AWS: `arn:aws:iam::${API_ACCOUNT}:role/${DEPLOYER}` });

  let settings: SdkSettings;
  let clients: ReturnType<typeof clientsOf>;
  let foreignApi: string;
  beforeAll(async () => {
    settings = await asDeploymentRole(bed, 'api', API_ACCOUNT, tokenOf(SUBJECT));
    clients = clientsOf(settings);
    const { roles } = bed.aws.localAws.directory;
    roles.create(API_ACCOUNT, { name: 'other', trustPolicy: trust({ Service: 'lambda.amazonaws.com' }) });
    const { cloudFormation } = clientsOf(bed.administrator(API_ACCOUNT));
    const StackName = 'other';
    const TemplateBody = JSON.stringify(anotherTeamsApi);
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    expect(await settledStackStatus(bed, API_ACCOUNT, StackName)).toBe('CREATE_COMPLETE');
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Api' }),
    );
    foreignApi = StackResourceDetail?.PhysicalResourceId ?? '';
    cloudFormation.destroy();
  });
  afterAll(() => {
    for (const client of Object.values(clients ?? {})) client.destroy();
  });

  /** Calls another team's API, whose stage has the same name. */
  const callForeignApi = async (keys: Keys) => {
    const url = `https://${foreignApi}.execute-api.us-east-1.amazonaws.com/local/`;
    return callApi(bed, url, await signed(url, keys));
  };

  const createRole = (RoleName: string, PermissionsBoundary?: string) =>
    new CreateRoleCommand({
      RoleName,
      Path: '/company/',
      AssumeRolePolicyDocument: trustDeployer,
      ...(PermissionsBoundary !== undefined && { PermissionsBoundary }),
    });

  const permissionFor = (Principal: string) =>
    new AddPermissionCommand({
      FunctionName: `${API}${aFunction}`,
      StatementId: 'evil',
      Action: 'lambda:InvokeFunction',
      Principal,
    });

  test.each<[string, () => Promise<unknown>]>([
    ['create a role outside the names', () => clients.iam.send(createRole('evil', BOUNDARY))],
    ['create a role without the boundary', () => clients.iam.send(createRole(EVIL_ROLE))],
    ['create a role with another boundary', () => clients.iam.send(createRole(EVIL_ROLE, ADMINISTRATOR))],
    [
      'take the boundary off',
      () => clients.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: OWN_ROLE })),
    ],
    [
      'replace the boundary',
      () =>
        clients.iam.send(
          new PutRolePermissionsBoundaryCommand({ RoleName: OWN_ROLE, PermissionsBoundary: ADMINISTRATOR }),
        ),
    ],
    [
      'change the boundary',
      () =>
        clients.iam.send(new CreatePolicyVersionCommand({ PolicyArn: BOUNDARY, PolicyDocument: everything })),
    ],
    [
      'attach a managed policy',
      () => clients.iam.send(new AttachRolePolicyCommand({ RoleName: OWN_ROLE, PolicyArn: ADMINISTRATOR })),
    ],
    [
      'give itself more rights',
      () =>
        clients.iam.send(
          new PutRolePolicyCommand({ RoleName: DEPLOYER, PolicyName: 'all', PolicyDocument: everything }),
        ),
    ],
    [
      'let others assume its role',
      () =>
        clients.iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: DEPLOYER,
            PolicyDocument: trust({ AWS: CALLER_ACCOUNT }),
          }),
        ),
    ],
    [
      'run code with another principal’s role',
      () =>
        clients.lambda.send(
          new UpdateFunctionConfigurationCommand({
            FunctionName: `${API}${aFunction}`,
            Role: `arn:aws:iam::${API_ACCOUNT}:role/other`,
          }),
        ),
    ],
    [
      'create a function outside the names',
      () =>
        clients.lambda.send(
          new CreateFunctionCommand({
            FunctionName: 'evil',
            Role: `arn:aws:iam::${API_ACCOUNT}:role/${OWN_ROLE}`,
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Code: { S3Bucket: 'bucket', S3Key: 'key' },
          }),
        ),
    ],
    ...['*', CALLER_ACCOUNT, `arn:aws:iam::${API_ACCOUNT}:root`, 's3.amazonaws.com'].map(
      (Principal): [string, () => Promise<unknown>] => [
        `let ${Principal} invoke a function past the API`,
        () => clients.lambda.send(permissionFor(Principal)),
      ],
    ),
    [
      'delete a foreign stack',
      () => clients.cloudFormation.send(new DeleteStackCommand({ StackName: 'other' })),
    ],
    [
      'change the stack that its role is from',
      () =>
        clients.cloudFormation.send(
          new UpdateStackCommand({ StackName: DEPLOYER, UsePreviousTemplate: true }),
        ),
    ],
    [
      'change a foreign API',
      () =>
        clients.apiGateway.send(
          new UpdateRestApiCommand({
            restApiId: foreignApi,
            patchOperations: [{ op: 'replace', path: '/description', value: 'mine' }],
          }),
        ),
    ],
    ['read a foreign API', () => clients.apiGateway.send(new GetRestApiCommand({ restApiId: foreignApi }))],
    [
      'read the table',
      () => clients.dynamoDb.send(new ScanCommand({ TableName: `${API}-IdempotencyTable-A` })),
    ],
  ])('cannot %s', async (_, attack) => {
    const error = await attack().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.name).toMatch(/^AccessDenied(Exception)?$/);
    expect(error?.message).toContain('because no identity-based policy allows');
  });

  test('cannot remove a permission of another principal, which an administrator has added', async () => {
    const { lambda } = clientsOf(bed.administrator(API_ACCOUNT));
    await lambda.send(permissionFor('s3.amazonaws.com'));
    const remove = new RemovePermissionCommand({ FunctionName: `${API}${aFunction}`, StatementId: 'evil' });
    await expect(clients.lambda.send(remove)).rejects.toThrow('because no identity-based policy allows');
    await lambda.send(remove);
    lambda.destroy();
  });

  test('cannot mark a foreign API as one of the stage’s stack', async () => {
    const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${foreignApi}`;
    const tags = { 'aws:cloudformation:stack-name': API };
    await expect(clients.apiGateway.send(new TagResourceCommand({ resourceArn, tags }))).rejects.toThrow(
      'aws: prefixed tag key names are not allowed',
    );
  });

  test('cannot call another team’s API whose stage has the same name, which an administrator can', async () => {
    const { administrator } = bed;
    expect(await callForeignApi(administrator(API_ACCOUNT).credentials)).toMatchObject({ status: 200 });
    expect(await callForeignApi(settings.credentials)).toMatchObject({
      status: 403,
      errorType: 'AccessDeniedException',
      body: { Message: expect.stringContaining('because no identity-based policy allows') },
    });
  });

  test('cannot do more with a new role than the boundary allows, whatever policy the role has', async () => {
    const { iam, sts } = clients;
    const { Role } = await iam.send(createRole(EVIL_ROLE, BOUNDARY));
    const policy = { RoleName: EVIL_ROLE, PolicyName: 'all' };
    await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: everything }));
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'evil' }),
    );
    const evil = clientsOf({ ...settings, credentials: keysOf(Credentials) });
    await expect(evil.iam.send(new ListUsersCommand({}))).rejects.toThrow(
      'because no permissions boundary allows the iam:ListUsers action',
    );
    expect(await callForeignApi(keysOf(Credentials))).toMatchObject({
      status: 403,
      body: { Message: expect.stringContaining('because no permissions boundary allows') },
    });
    for (const client of Object.values(evil)) client.destroy();
    await iam.send(new DeleteRolePolicyCommand(policy));
    await iam.send(new DeleteRoleCommand({ RoleName: EVIL_ROLE }));
  });
});

test.each([
  ['another environment', 'repo:company/cross-account-api:environment:prod'],
  ['a pull request', 'repo:company/cross-account-api:pull_request'],
  ['another repository', 'repo:stranger/cross-account-api:environment:local'],
])('a token of %s does not get the role', async (_, subject) => {
  await expect(asDeploymentRole(bed, 'api', API_ACCOUNT, tokenOf(subject))).rejects.toThrow(
    'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  );
});

test('the same roles deploy a route, another tag and another access mode, in which the boundary lets the caller call as itself', async () => {
  const added = '      - http: { method: GET, path: /new, authorizer: aws_iam }';
  await edit(bed.project, 'services/api/serverless.yml', /^ {4}events:$/m, `    events:\n${added}`);
  await edit(
    bed.project,
    'services/api/serverless.yml',
    'routesOutsideContract: []',
    'routesOutsideContract: [GET /new]',
  );
  await edit(bed.project, 'services/stages.yml', 'payments', 'billing');
  await edit(bed.project, 'services/stages.yml', '"alarms"', '"accessMode":"resource-policy","alarms"');
  await bed.deploy({ INTERRUPT_CALLERS: 'yes' });
  // The function answers. The content of the answer does not matter here.
  expect((await getRoute('/new')).status).not.toBe(403);
  const callers: (string | undefined)[] = [];
  const unsubscribe = bed.aws.localAws.trace.subscribe(({ service, principal }) => {
    if (service === 'execute-api') callers.push(principal);
  });
  expect(await invokeCaller(bed)).toMatchObject(answered);
  unsubscribe();
  expect(callers).toEqual([expect.stringContaining(`:${CALLER_ACCOUNT}:`)]);
});

test('sls rollback stops where it would change the access mode of callers; if it may, it removes the route', async () => {
  const rollback = (environment = {}) =>
    bed.sls(['rollback', '--timestamp', firstVersion], { service: 'api', environment });
  const { exitCode, stdout, stderr } = await rollback();
  expect([exitCode, stdout + stderr]).toEqual([
    1,
    expect.stringContaining('admits callers by assume-role only, and those that run use resource-policy'),
  ]);
  expect(await rollback({ INTERRUPT_CALLERS: 'yes' })).toMatchObject({ exitCode: 0 });
  expect(await getRoute('/new')).toMatchObject({ status: 403 });
});

test('sls remove leaves nothing but the deployment roles', async () => {
  for (const service of ['caller', 'api']) {
    expect(await bed.sls(['remove'], { service })).toMatchObject({ exitCode: 0 });
  }
  const ofDomain = ['CustomDomainPolicy', 'CustomDomainRecordPolicy', 'TableKeyPolicy'].map((id) =>
    expect.stringContaining(`deploy-${API}-${id}-`),
  );
  expect(await deployedResources(bed.administrator(API_ACCOUNT))).toEqual({
    ...noResources,
    stacks: ['other', `deploy-${API}`],
    roles: [`deploy-${API}`, 'other'],
    apis: ['other'],
    policies: expect.arrayContaining([`${API}-boundary`, ...ofDomain]),
  });
  expect(await deployedResources(bed.administrator(CALLER_ACCOUNT))).toEqual({
    ...noResources,
    stacks: [`deploy-${CALLER}`],
    roles: [`deploy-${CALLER}`],
    policies: [`${CALLER}-boundary`],
  });
  expect(bed.reports).toEqual([]);
});

describe('both services in one account, and the name of the API’s service begins that of the caller’s', () => {
  const OWN_API = 'stock-local';
  const OWN_CALLER = 'stock-billing-local';
  const accounts = { api: API_ACCOUNT, caller: API_ACCOUNT };

  /** The local AWS of the other tests, and another project. */
  let both: TestBed;
  let deployed: DeployedResources;
  beforeAll(async () => {
    const project = await copyPairProject();
    both = { ...bed, project };
    await edit(project, 'services/api/serverless.yml', /^service: .*/m, 'service: stock');
    await edit(project, 'services/caller/serverless.yml', /^service: .*/m, 'service: stock-billing');
    const local = {
      callerAccountId: API_ACCOUNT,
      // The profile of the caller's role. The account's own is that of the API's.
      callerProfile: 'local-caller',
      permissionsBoundary: '<service>-local-boundary',
      alarms: true,
    };
    await writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local }));
    await createDeploymentRoles(both, { CreateProvider: 'no' }, accounts);
    await useDeploymentRoles(both, tokenOf(SUBJECT), accounts);
    await deployPackages(both, {
      deployer: async (accountId, service) => {
        const role = service === 'api' ? 'api' : 'caller';
        return (await asDeploymentRole(both, role, accountId, tokenOf(SUBJECT))).credentials;
      },
    });
    await limitToApi(both, accounts);
    deployed = await deployedResources(bed.administrator(API_ACCOUNT));
  });
  afterAll(() => both?.project.remove());

  test('the deployment roles deploy both services under their own names', async () => {
    const { functionError, payload } = await bed.aws.as(API_ACCOUNT).invoke(OWN_CALLER);
    expect(functionError).toBeUndefined();
    expect(payload).toMatchObject({ status: 200 });
    expect(deployed.roles).toEqual(expect.arrayContaining([`${OWN_API}-invoke`, OWN_CALLER]));
    expect(bed.reports).toEqual([]);
  });

  test.each([
    ['verify', '--json'],
    ['explain', '--stage', 'local'],
  ])('%s finds them under these names', async (name, ...args) => {
    // In a new process: the SDK reads the file with the profiles only once.
    const command = startCommand(both.project, name, args, { LOCAL_AWS_ROOT: both.localAwsRoot });
    const exitCode = await command.ended;
    expect({ exitCode, ...command.output() }).toMatchObject({ exitCode: 0 });
  });

  /** Whether a name belongs to the API or to the caller. */
  const isOf = (service: 'api' | 'caller', name: string) =>
    name.includes('stock-billing-local') === (service === 'caller') && !name.startsWith('deploy-');

  test.each(['api', 'caller'] as const)(
    'an attacker who deploys the %s cannot touch anything of the other service',
    async (service) => {
      const settings = await asDeploymentRole(both, service, API_ACCOUNT, tokenOf(SUBJECT));
      const clients = {
        cloudFormation: new CloudFormationClient(settings),
        dynamoDb: new DynamoDBClient(settings),
        iam: new IAMClient(settings),
        lambda: new LambdaClient(settings),
        logs: new CloudWatchLogsClient(settings),
        s3: new S3Client({ ...settings, forcePathStyle: true }),
      };
      const { cloudFormation, dynamoDb, iam, lambda, logs, s3 } = clients;
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
      });
      const attacks: Readonly<Record<string, (name: string) => readonly (() => Promise<unknown>)[]>> = {
        stacks: (StackName) => [() => cloudFormation.send(new DeleteStackCommand({ StackName }))],
        functions: (FunctionName) => [
          () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 1 })),
          () => lambda.send(new DeleteFunctionCommand({ FunctionName })),
          () => lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' })),
        ],
        roles: (RoleName) => [
          () => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument })),
          () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
          () => iam.send(new DeleteRoleCommand({ RoleName })),
        ],
        logGroups: (logGroupName) => [() => logs.send(new DeleteLogGroupCommand({ logGroupName }))],
        buckets: (Bucket) => [
          () => s3.send(new ListObjectsV2Command({ Bucket })),
          () => s3.send(new PutObjectCommand({ Bucket, Key: 'evil.zip', Body: 'evil' })),
        ],
        tables: (TableName) => [
          () => dynamoDb.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'any' } } })),
          () => dynamoDb.send(new DeleteTableCommand({ TableName })),
        ],
      };
      const succeeded: string[] = [];
      let count = 0;
      for (const [kind, attacksOn] of Object.entries(attacks)) {
        for (const name of (deployed[kind] ?? []).filter((each) => each !== undefined)) {
          if (isOf(service, name) || name.startsWith('deploy-') || !name.includes('stock')) continue;
          for (const [index, attack] of attacksOn(name).entries()) {
            count += 1;
            const error = await attack().then(
              () => undefined,
              (thrown: Error) => thrown,
            );
            if (!/^AccessDenied/.test(error?.name ?? '')) succeeded.push(`${kind} ${name} ${index} ${error}`);
          }
        }
      }
      for (const client of Object.values(clients)) client.destroy();
      expect(succeeded).toEqual([]);
      // Each kind of resource that the other service has.
      expect(count).toBeGreaterThanOrEqual(service === 'api' ? 9 : 20);
    },
  );
});
