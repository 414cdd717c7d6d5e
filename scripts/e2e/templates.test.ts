import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readServices } from '@cross-account-api/serverless-plugin';
import { parse } from 'yaml';
import { bundleFunction } from '../../libs/cli/src/project/bundle-function.ts';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { copyProject, type ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { unzip } from '../../libs/local-aws/src/services/lambda/code/unzip.ts';
import { warnOfUnwrittenMetrics } from '../../libs/serverless-plugin/src/template/unwritten-metrics.ts';
import { projectRoot } from '../lib/project.ts';
import { packagePair } from './packaged-pair.testing.ts';

// The stage that this machine deploys, and a stage of AWS with each optional setting.
const stages = ['local', 'china'] as const;
const services = ['api', 'caller'] as const;
type Stage = (typeof stages)[number];

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

// The services of this repository, with any names and routes.
const { api, caller } = readServices(projectRoot);
if (api === undefined || caller === undefined)
  throw new Error('serverless-compose.yml has no api or no caller.');
const apiOf = (stage: string) => `${api.name}-${stage}`;
const callerOf = (stage: string) => `${caller.name}-${stage}`;

/** The form in policies: `GET/orders/*`. */
const routes = readContract(projectRoot).operations.map(
  ({ method, path }) => `${method}${path.replaceAll(/\{[^}]+\}/g, '*')}`,
);
/** Service, function and module of each function. */
const functions = services.flatMap((service) => {
  const file = readFileSync(join(projectRoot, 'services', service, 'serverless.yml'), 'utf8');
  const definitions: Record<string, { handler: string }> = parse(file, { logLevel: 'silent' }).functions;
  return Object.entries(definitions).map(
    ([name, { handler }]) => [service, name, handler.replace(/\.\w+$/, '')] as const,
  );
});

const settings = `
china:
  region: cn-north-1
  apiAccountId: "111111111111"
  callerAccountId: "222222222222"
  externalId: "0123456789abcdef"
  permissionsBoundary: company/boundary
  rolePath: /company/
  tags: { cost-center: "4711" }
  organizationId: o-a1b2c3d4e5
  alarms: true
  tableBackup: true
  tableKeyId: mrk-0123456789abcdef0123456789abcdef
  deletionProtection: true
  logRetentionInDays: 1096
  apiLogKeyId: 12345678-1234-1234-1234-123456789012
`;

let project: ProjectCopy;
const folders = new Map<Stage, string>();
const packages = new Map<string, Readonly<Record<string, Resource>>>();

beforeAll(async () => {
  project = await copyProject();
  const stagesFile = join(project.root, 'services/stages.yml');
  for (const stage of stages) {
    if (stage === 'china') await writeFile(stagesFile, settings);
    const folder = await packagePair(project, stage);
    folders.set(stage, folder);
    for (const service of services) packages.set(`${service}/${stage}`, await resourcesIn(folder, service));
  }
});
afterAll(() => project?.remove());

async function resourcesIn(folder: string, service: string): Promise<Readonly<Record<string, Resource>>> {
  const file = join(folder, 'services', service, 'cloudformation-template-update-stack.json');
  const template = JSON.parse(await readFile(file, 'utf8')) as { Resources: Record<string, Resource> };
  return template.Resources;
}

/** The zip file of a function. */
function readPackage(service: string, name: string, stage: Stage): Promise<Buffer> {
  return readFile(join(folders.get(stage) ?? '', 'services', service, `${name}.zip`));
}

function resourcesOf(type: string, stage: Stage): [logicalId: string, properties: Resource['Properties']][] {
  return services.flatMap((service) =>
    Object.entries(packages.get(`${service}/${stage}`) ?? {})
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]): [string, Resource['Properties']] => [id, Properties]),
  );
}

describe.each(stages)('the templates of stage %s', (stage) => {
  test('give roles that each have a fixed name and no bare * in an action or a resource', () => {
    const roles = resourcesOf('AWS::IAM::Role', stage);
    const names = roles.map(([, { RoleName }]) => RoleName);
    expect(names.sort()).toEqual(
      ['-invoke', ...api.roles]
        .map((suffix) => `${apiOf(stage)}${suffix}`)
        .concat(callerOf(stage))
        .sort(),
    );
    for (const [, { Policies, ManagedPolicyArns }] of roles) {
      expect(ManagedPolicyArns ?? []).toEqual([]);
      const documents = Policies as { PolicyDocument: { Statement: Statement[] } }[];
      const statements = documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      for (const { Effect, Action, Resource } of statements) {
        expect(Effect).toBe('Allow');
        for (const action of [Action].flat()) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
        for (const resource of [Resource].flat()) expect(endOf(resource)).not.toBe('*');
      }
    }
    const invoke = roles.find(([id]) => id === 'InvokeRole')?.[1].Policies;
    // A wildcard only for a path parameter.
    const withoutRoutes = routes.reduce(
      (text, route) => text.replace(`/${route}"`, ''),
      JSON.stringify(invoke),
    );
    expect(withoutRoutes).not.toContain('*');
  });

  test('let functions write to their log groups, which the stack creates, and create none', () => {
    const written = resourcesOf('AWS::IAM::Role', stage).flatMap(([, { Policies }]) =>
      (Policies as { PolicyDocument: { Statement: Statement[] } }[])
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('logs:'))),
    );
    expect(written).toHaveLength(functions.length);
    for (const { Action } of written) {
      expect([Action].flat().sort()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    }
    const groups = resourcesOf('AWS::Logs::LogGroup', stage).map(([, { LogGroupName }]) => LogGroupName);
    for (const [, { FunctionName }] of resourcesOf('AWS::Lambda::Function', stage)) {
      expect(groups).toContain(`/aws/lambda/${String(FunctionName)}`);
    }
  });

  test('let the caller only log and assume the one role', () => {
    const [, role] =
      resourcesOf('AWS::IAM::Role', stage).find(([, { RoleName }]) => RoleName === callerOf(stage)) ?? [];
    const [policy] = (role?.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
    const actions = policy?.PolicyDocument.Statement.flatMap(({ Action }) => Action);
    expect(actions?.filter((action) => !action.startsWith('logs:'))).toEqual(['sts:AssumeRole']);
  });

  test('authorize every route with IAM', () => {
    const methods = resourcesOf('AWS::ApiGateway::Method', stage);
    expect(methods).toHaveLength(routes.length);
    for (const [, properties] of methods) expect(properties).toMatchObject({ AuthorizationType: 'AWS_IAM' });
    for (const [, { Principal }] of resourcesOf('AWS::Lambda::Permission', stage)) {
      expect(Principal).toBe('apigateway.amazonaws.com');
    }
  });

  test('trace, throttle and log the requests to the API', () => {
    const [[, properties] = []] = resourcesOf('AWS::ApiGateway::Stage', stage);
    expect(properties).toMatchObject({
      StageName: stage,
      TracingEnabled: true,
      MethodSettings: [
        { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 50 },
      ],
    });
    expect(properties?.AccessLogSetting).toMatchObject({
      Format: expect.stringContaining('"callerArn":"$context.identity.userArn"'),
    });
  });

  test('leave the stage to its own resource, which points at one of two deployments named after the template’s content', () => {
    const deployments = resourcesOf('AWS::ApiGateway::Deployment', stage);
    expect(deployments.map(([id]) => id)).toEqual([
      expect.stringMatching(/^ApiGatewayDeployment[0-9a-f]{16}A$/),
      expect.stringMatching(/^ApiGatewayDeployment[0-9a-f]{16}B$/),
    ]);
    // CloudFormation would take them for the first deployment only.
    for (const [, properties] of deployments) {
      expect(properties).not.toHaveProperty('StageName');
      expect(properties).not.toHaveProperty('StageDescription');
    }
    const [[, { DeploymentId } = {}] = []] = resourcesOf('AWS::ApiGateway::Stage', stage);
    const [a, b] = deployments.map(([Ref]) => ({ Ref }));
    expect(DeploymentId).toEqual({ 'Fn::If': ['ApiGatewayDeploymentIsA', a, b] });
  });

  test('keep logs for a limited time, and change no settings of the account', () => {
    const groups = resourcesOf('AWS::Logs::LogGroup', stage);
    expect(groups).toHaveLength(functions.length + 1);
    // The framework's own setting refuses 1096.
    const days = stage === 'china' ? 1096 : 14;
    for (const [, properties] of groups) expect(properties).toMatchObject({ RetentionInDays: days });
    const types = services.flatMap((service) =>
      Object.values(packages.get(`${service}/${stage}`) ?? {}).map(({ Type }) => Type),
    );
    for (const type of types) expect(type).not.toMatch(/^Custom::|CustomResource$|ApiGateway::Account$/);
  });

  test('name no partition and no domain of AWS, so that they suit every partition', () => {
    const texts = services.map((service) => JSON.stringify(packages.get(`${service}/${stage}`)));
    const named = texts.flatMap((text) => text.match(/arn:aws[^"]*|[^"]*amazonaws[^"]*/g) ?? []);
    // Principals of services are called this in every partition.
    expect([...new Set(named)].sort()).toEqual(['apigateway.amazonaws.com', 'lambda.amazonaws.com']);
  });

  test('run on the Node and the processor that they are tested for', () => {
    for (const [, properties] of resourcesOf('AWS::Lambda::Function', stage)) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
  });
});

test.each(functions)('the zip file of %s/%s is the same in every stage', async (service, name) => {
  const hashes = await Promise.all(
    stages.map(async (stage) =>
      createHash('sha256')
        .update(await readPackage(service, name, stage))
        .digest('hex'),
    ),
  );
  expect(new Set(hashes).size).toBe(1);
});

/** The bundle in a zip file. */
async function deployedBundle(service: string, name: string, module: string): Promise<string> {
  const folder = await mkdtemp(join(project.root, 'unzipped-'));
  await unzip(await readPackage(service, name, 'local'), folder);
  return readFile(join(folder, `${module}.mjs`), 'utf8');
}

test('no bundle searches for credentials: the caller uses those of the environment', async () => {
  for (const [service, name, module] of functions) {
    const bundle = await deployedBundle(service, name, module);
    if (service === 'caller') expect(bundle).toContain('AWS_SECRET_ACCESS_KEY');
    expect(/AWS_CONTAINER_CREDENTIALS|sso_start_url/.exec(bundle)).toBeNull();
  }
});

test.each(functions)('stack-trace rebuilds the deployed bundle of %s/%s', async (service, name, module) => {
  const { outputFiles } = await bundleFunction(join(projectRoot, 'services', service), `${module}.ts`);
  // Not toBe: its message would show both.
  expect((await deployedBundle(service, name, module)) === outputFiles[0]?.text).toBe(true);
});

test('every role gets the stage’s path and permissions boundary, and none without these settings', () => {
  for (const [, role] of resourcesOf('AWS::IAM::Role', 'china')) {
    expect(role).toMatchObject({
      Path: '/company/',
      PermissionsBoundary: {
        'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/company/boundary`,
      },
    });
  }
  for (const [id, role] of resourcesOf('AWS::IAM::Role', 'local')) {
    expect(role).not.toHaveProperty('PermissionsBoundary');
    // A path that appears would replace the invoke role, and CloudFormation refuses that.
    expect(role.Path).toBe(id === 'InvokeRole' ? undefined : '/');
  }
});

test('a stage with alarms watches the API, its throttling, the caller and its credentials; others have none', () => {
  const metrics = (stage: Stage) =>
    resourcesOf('AWS::CloudWatch::Alarm', stage).map(
      ([, { MetricName, Metrics = [] }]) =>
        MetricName ??
        (Metrics as { MetricStat?: { Metric: { MetricName: string } } }[])
          .flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? [])
          .join(' / '),
    );
  expect(metrics('china')).toEqual([
    ...[
      'SignedRefusals / SignedRequests',
      '5XXError / RequestsInProgress / Count',
      'Latency',
      'ThrottledRequests',
    ],
    ...['Errors', 'Throttles', 'CredentialFailures'],
  ]);
  for (const service of services) {
    const Resources = { ...packages.get(`${service}/china`) };
    const { name } = service === 'api' ? api : caller;
    expect(warnOfUnwrittenMetrics({ Resources }, { service: name, stage: 'china' })).toBeUndefined();
  }
  const names = new Set(
    resourcesOf('AWS::CloudWatch::Alarm', 'china')
      .flatMap(([, { Dimensions }]) => (Dimensions ?? []) as { Name: string; Value: string }[])
      .map(({ Name, Value }) => `${Name} ${Value}`),
  );
  const [[, { Name: apiName } = {}] = []] = resourcesOf('AWS::ApiGateway::RestApi', 'china');
  const [functionName] = resourcesOf('AWS::Lambda::Function', 'china')
    .map(([, { FunctionName }]) => FunctionName)
    .filter((name) => name === callerOf('china'));
  expect([...names].sort()).toEqual([`ApiName ${apiName}`, `FunctionName ${functionName}`, 'Stage china']);
  for (const [, { DashboardBody }] of resourcesOf('AWS::CloudWatch::Dashboard', 'china')) {
    const body = (DashboardBody as { 'Fn::Sub': string })['Fn::Sub'];
    expect(JSON.parse(body)).toMatchObject({ widgets: expect.arrayContaining([]) });
  }
  for (const type of ['CloudWatch::Alarm', 'CloudWatch::Dashboard', 'SNS::Topic', 'Logs::MetricFilter']) {
    expect(resourcesOf(`AWS::${type}`, 'china').length).toBeGreaterThan(0);
    expect(resourcesOf(`AWS::${type}`, 'local')).toEqual([]);
  }
});

test('the table of keys is backed up and protected, and logs have a key, if the stage says so', () => {
  const [, table] =
    resourcesOf('AWS::DynamoDB::Table', 'china').find(([id]) => id === 'IdempotencyTable') ?? [];
  expect(table).toMatchObject({
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
    TimeToLiveSpecification: { Enabled: true },
  });
  const keys = resourcesOf('AWS::Logs::LogGroup', 'china').map(([, { KmsKeyId }]) => KmsKeyId);
  const key = {
    'Fn::Sub': `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/12345678-1234-1234-1234-123456789012`,
  };
  expect(keys).toStrictEqual([...Array(keys.length - 1).fill(key), undefined]);
  for (const [, properties] of resourcesOf('AWS::Logs::LogGroup', 'local')) {
    expect(properties).not.toHaveProperty('KmsKeyId');
  }
});

test('each table has a key, with which their functions may decrypt through DynamoDB only, if the stage says so', () => {
  const keyArn = {
    'Fn::Sub': `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/mrk-0123456789abcdef0123456789abcdef`,
  };
  for (const [, { SSESpecification }] of resourcesOf('AWS::DynamoDB::Table', 'china')) {
    expect(SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn });
  }
  const statementsOn = (service: 'kms' | 'dynamodb', stage: 'china' | 'local') =>
    resourcesOf('AWS::IAM::Role', stage).flatMap(([id, { Policies }]) =>
      ((Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[])
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Action }) => String(Action).includes(`${service}:`))
        .map(({ Action, Resource, Condition }) => ({ id, Action: [Action].flat(), Resource, Condition })),
    );
  const usesTables = new Set(statementsOn('dynamodb', 'china').map(({ id }) => id));
  expect(statementsOn('kms', 'china')).toEqual(
    [...usesTables].map((id) => ({
      id,
      Action: ['kms:Decrypt'],
      Resource: keyArn,
      Condition: {
        StringLike: { 'kms:ViaService': { 'Fn::Sub': `dynamodb.\${AWS::Region}.*` } },
      },
    })),
  );
  expect(statementsOn('kms', 'local')).toEqual([]);
  for (const [, table] of resourcesOf('AWS::DynamoDB::Table', 'local')) {
    expect(table).not.toHaveProperty('SSESpecification');
  }
});

test('the invoke role trusts one organization only, if the stage names one', () => {
  const trust = (stage: Stage) =>
    JSON.stringify(resourcesOf('AWS::IAM::Role', stage).find(([id]) => id === 'InvokeRole')?.[1]);
  expect(trust('china')).toContain(
    '"StringEquals":{"sts:ExternalId":["0123456789abcdef"],"aws:PrincipalOrgID":"o-a1b2c3d4e5"}',
  );
  expect(trust('local')).toContain('"StringEquals":{"sts:ExternalId":["local-external-id"]}');
});

test('the API has no resource policy in access mode assume-role', () => {
  // Not absent: CloudFormation would leave the policy that was there before.
  for (const stage of stages) {
    expect(resourcesOf('AWS::ApiGateway::RestApi', stage)).toEqual([
      [expect.any(String), expect.objectContaining({ Policy: '' })],
    ]);
  }
});

test('the caller’s role is the one that the invoke role trusts', () => {
  for (const stage of stages) {
    const [, trusted] = resourcesOf('AWS::IAM::Role', stage).find(([id]) => id === 'InvokeRole') ?? [];
    expect(JSON.stringify(trusted?.AssumeRolePolicyDocument)).toContain(
      `:role${stage === 'china' ? '/company/' : '/'}${callerOf(stage)}"`,
    );
  }
});

/** The last piece of a resource, which may be made of references. */
function endOf(resource: unknown): unknown {
  if (typeof resource === 'string') return resource;
  const [value] = Object.values(resource as object) as unknown[];
  return Array.isArray(value) && Array.isArray(value[1]) ? value[1].join('') : value;
}
