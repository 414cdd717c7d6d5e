import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { APIGatewayClient, GetRestApisCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreatePolicyCommand, GetRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { type SlsResult, slsFailure } from '../../libs/cli/src/project/sls.ts';
import { callsDuring } from './calls-during.testing.ts';
import { deployPackages, packagePair } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  edit,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const tags = { 'cost-center': '4711' };
const guardrails = [
  'permissionsBoundary: company/boundary',
  `tags: ${JSON.stringify(tags)}`,
  'organizationId: o-a1b2c3d4e5',
];
const secondRegion = { environment: { STAGE_REGION: 'eu-central-1' } };
const sender = { operation: 'getSender' };

let bed: TestBed;
let clone: ProjectCopy;
beforeAll(async () => {
  bed = await startTestBed({
    organization: {
      id: 'o-a1b2c3d4e5',
      accounts: [{ accountId: API_ACCOUNT }, { accountId: CALLER_ACCOUNT }],
    },
  });
  clone = await copyPairProject();
});
afterAll(async () => {
  await bed?.close();
  await clone?.remove();
});

// The tests follow one stage: each one continues the one before it.

test('no call fails while external ID and caller role are rotated, a route is added and guardrails are set', async () => {
  await deployPackages(bed);
  for (const account of [API_ACCOUNT, CALLER_ACCOUNT]) await createBoundary(account);

  const event = '- http: { method: GET, path: /sender, authorizer: aws_iam }';
  await edit(
    bed.project,
    'services/api/serverless.yml',
    event,
    `${event}\n      ${event.replace('/sender', '/added')}`,
  );
  await edit(
    bed.project,
    'services/api/serverless.yml',
    'routesOutsideContract: []',
    'routesOutsideContract: [GET /added]',
  );
  const rotated = ['callerRoleName: rotated-role', 'externalId: rotated-id', ...guardrails];
  await writeStages(...rotated);
  // Before the calls begin, so that these have the CPU.
  await packagePair(bed.project);

  const { answers, events } = await callsDuring(bed, async (eachCalls) => {
    await writeStages(
      ...rotated,
      'previousCallerRoleName: shop-local',
      'previousExternalId: local-external-id',
    );
    await bed.deploy();
    await eachCalls();
    await writeStages(...rotated);
    await deployPackages(bed);
    await eachCalls();
  });
  for (const ofOne of answers) {
    expect(ofOne.length).toBeGreaterThan(1);
    for (const answer of ofOne) expect(answer).toMatchObject({ payload: { status: 200 } });
  }
  for (const event of events) expect(event).toMatchObject({ status: 200 });
  const assumedBy = events
    .filter(({ operation }) => operation === 'AssumeRole')
    .map(({ principal }) => principal);
  for (const role of ['shop-local', 'rotated-role']) {
    expect(assumedBy).toContain(`arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/${role}/shop-local`);
  }
  expect(await roleNames()).toEqual([
    'depot-local-invoke',
    'depot-local-parcel',
    'depot-local-parcels',
    'depot-local-sender',
    'rotated-role',
  ]);
  expect(await trustConditions()).toEqual({
    ArnEquals: { 'aws:PrincipalArn': [`arn:aws:iam::${CALLER_ACCOUNT}:role/rotated-role`] },
    StringEquals: { 'sts:ExternalId': ['rotated-id'], 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
  });
});

test('the same stage in a second region has its own roles, which may call the API of their region only', async () => {
  succeeded(await bed.sls(['deploy'], { service: 'api', ...secondRegion }));
  // A fresh clone has no note of the API until `sls info` has run, as the caller's error says.
  const inClone = (service: string, command: string) =>
    bed.sls([command], { cwd: join(clone.root, 'services', service), ...secondRegion });
  await cp(stagesFile(bed.project), stagesFile(clone));
  expect(succeeded(await inClone('api', 'info'))).toContain(
    '.execute-api.eu-central-1.amazonaws.com/local/parcels',
  );
  succeeded(await inClone('caller', 'deploy'));
  for (const [region, roleName] of [
    ['us-east-1', 'depot-local-invoke'],
    ['eu-central-1', 'depot-local-invoke_eu-central-1'],
  ] as const) {
    expect(await invokeCaller(bed, sender, region)).toMatchObject({
      payload: { body: { caller: { roleName } } },
    });
  }
  expect(await roleNames()).toEqual([
    'depot-local-invoke',
    'depot-local-invoke_eu-central-1',
    'depot-local-parcel',
    'depot-local-parcel_eu-central-1',
    'depot-local-parcels',
    'depot-local-parcels_eu-central-1',
    'depot-local-sender',
    'depot-local-sender_eu-central-1',
    'rotated-role',
    'rotated-role_eu-central-1',
  ]);
});

test('every role has the stage’s boundary and tags; log groups and the API’s stage have the tags', async () => {
  const both = ['STAGE=local', 'cost-center=4711'];
  const [forApi, forCaller] = [API_ACCOUNT, CALLER_ACCOUNT].map(
    (accountId) => [`arn:aws:iam::${accountId}:policy/company/boundary`, both] as const,
  );
  const names = ['depot-local-invoke', 'depot-local-parcel', 'depot-local-parcels', 'depot-local-sender'];
  expect(await guardedBy(API_ACCOUNT)).toEqual(
    Object.fromEntries(names.flatMap((name) => [[name, forApi] as const, [`${name}_eu-central-1`, forApi]])),
  );
  expect(await guardedBy(CALLER_ACCOUNT)).toEqual({
    'rotated-role': forCaller,
    'rotated-role_eu-central-1': forCaller,
  });
  // The region to which the CLI has deployed last.
  const settings = { ...bed.administrator(API_ACCOUNT), region: 'eu-central-1' };
  const apiGateway = new APIGatewayClient(settings);
  const { items: [api] = [] } = await apiGateway.send(new GetRestApisCommand({}));
  const stage = await apiGateway.send(new GetStageCommand({ restApiId: api?.id, stageName: 'local' }));
  apiGateway.destroy();
  expect(stage.tags).toEqual({ STAGE: 'local', 'cost-center': '4711' });
  const logs = new CloudWatchLogsClient(settings);
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  const groups = await Promise.all(
    logGroups.map(({ logGroupArn: resourceArn }) =>
      logs.send(new ListTagsForResourceCommand({ resourceArn })),
    ),
  );
  logs.destroy();
  expect(groups.map((group) => group.tags)).toEqual(Array(4).fill({ STAGE: 'local', 'cost-center': '4711' }));
});

function succeeded(result: SlsResult): string {
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  return result.stdout + result.stderr;
}

const stagesFile = ({ root }: ProjectCopy) => join(root, 'services/stages.yml');

function writeStages(...settings: readonly string[]): Promise<void> {
  const lines = ['local:', ...settings.map((setting) => `  ${setting}`)];
  return writeFile(stagesFile(bed.project), `${lines.join('\n')}\n`);
}

async function createBoundary(accountId: string): Promise<void> {
  const iam = new IAMClient(bed.administrator(accountId));
  const Action = ['logs:*', 'sts:AssumeRole', 'execute-api:Invoke', 'dynamodb:*'];
  await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'boundary',
      Path: '/company/',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action, Resource: '*' },
      }),
    }),
  );
  iam.destroy();
}

/** Each role's boundary and tags, by name. */
async function guardedBy(accountId: string): Promise<Record<string, unknown>> {
  const iam = new IAMClient(bed.administrator(accountId));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const roles = await Promise.all(
    Roles.map(async ({ RoleName }) => (await iam.send(new GetRoleCommand({ RoleName }))).Role),
  );
  iam.destroy();
  return Object.fromEntries(
    roles.map((role) => [
      role?.RoleName,
      [
        role?.PermissionsBoundary?.PermissionsBoundaryArn,
        role?.Tags?.map(({ Key, Value }) => `${Key}=${Value}`),
      ],
    ]),
  );
}

async function trustConditions(): Promise<unknown> {
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'depot-local-invoke' }));
  iam.destroy();
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement[0].Condition;
}

async function roleNames(): Promise<string[]> {
  const names = await Promise.all(
    [API_ACCOUNT, CALLER_ACCOUNT].map(async (account) => {
      const iam = new IAMClient(bed.administrator(account));
      const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/' }));
      iam.destroy();
      return Roles.map(({ RoleName }) => RoleName ?? '');
    }),
  );
  return names.flat().sort();
}
