import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { slsFailure } from '../lib/sls.ts';
import { type ApiAnswer, callApi, type Keys, signed } from './call-api.testing.ts';
import { addCommands, startCommand } from './command.testing.ts';
import { keysOf } from './deployment-roles.testing.ts';
import { API_ACCOUNT, apiOutputs, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(120_000);

const FIRST_ROLE = 'cross-account-api-local-invoke';
const BILLING_ROLE = `${FIRST_ROLE}.billing`;
const arnOf = (role: string) => `arn:aws:iam::${API_ACCOUNT}:role/${role}`;

const callers = {
  billing: {
    accountId: CALLER_ACCOUNT,
    roleName: 'team/billing',
    externalId: 'billing-id',
    routes: ['GET /whoami'],
  },
  audit: {
    accountId: API_ACCOUNT,
    roleName: 'audit',
    externalId: 'audit-id',
    routes: ['POST /messages'],
  },
};

let bed: TestBed;
let billing: Keys;
beforeAll(async () => {
  bed = await startTestBed();
  await addCommands(bed.project);
  await setCallers(callers);
  await bed.deploy();
  billing = await createRole('billing', '/team/', { Action: 'sts:AssumeRole', Resource: '*' });
});
afterAll(() => bed?.close());

const setCallers = (settings: object) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: { callers: settings } }));

/** Creates a role in account B, as the team of a further caller would. @returns the keys of a session of it */
async function createRole(RoleName: string, Path: string, statement: object): Promise<Keys> {
  const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
  const document = (policy: object) => JSON.stringify({ Version: '2012-10-17', Statement: policy });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      ...{ RoleName, Path },
      AssumeRolePolicyDocument: document({
        ...{ Effect: 'Allow', Principal: { AWS: CALLER_ACCOUNT }, Action: 'sts:AssumeRole' },
      }),
    }),
  );
  const PolicyDocument = document({ Effect: 'Allow', ...statement });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'call', PolicyDocument }));
  iam.destroy();
  return assume(bed.administrator(CALLER_ACCOUNT).credentials, Role?.Arn ?? '');
}

async function assume(credentials: Keys, RoleArn: string, ExternalId?: string): Promise<Keys> {
  const sts = new STSClient({ ...bed.administrator(CALLER_ACCOUNT), credentials });
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn, ExternalId, RoleSessionName: 'test' }),
    );
    return keysOf(Credentials);
  } finally {
    sts.destroy();
  }
}

async function call(keys: Keys, method: string, path: string): Promise<ApiAnswer> {
  const url = `${(await apiOutputs(bed)).ApiUrl}${path}`;
  return callApi(bed, url, await signed(url, keys, { method, ...(method === 'POST' && { body: '{}' }) }));
}

/** Verifies the stage. @returns the probes that fail, and how many there are of a caller */
async function verify() {
  const command = startCommand(bed.project, 'verify', ['--json'], { LOCAL_AWS_ROOT: bed.localAwsRoot });
  await command.ended;
  const { probes }: { probes: { name: string; pass: boolean }[] } = JSON.parse(command.output().stdout);
  return {
    failed: probes.filter(({ pass }) => !pass).map(({ name }) => name),
    ofCallers: probes.filter(({ name }) => /^caller \d/.test(name)).length,
  };
}

test('a further caller assumes its own invoke role, which may call its routes and no others', async () => {
  const session = await assume(billing, arnOf(BILLING_ROLE), 'billing-id');
  expect(await call(session, 'GET', '/whoami')).toMatchObject({
    status: 200,
    body: { caller: { roleName: BILLING_ROLE, accountId: API_ACCOUNT } },
  });
  expect(await call(session, 'POST', '/messages')).toMatchObject({
    status: 403,
    errorType: 'AccessDeniedException',
  });
});

test.each([
  ['of the first caller', FIRST_ROLE, 'local-external-id'],
  ['of another caller', `${FIRST_ROLE}.audit`, 'audit-id'],
  ['of its own with a wrong external ID', BILLING_ROLE, 'audit-id'],
])('a further caller does not get the invoke role %s', async (_what, role, externalId) => {
  await expect(assume(billing, arnOf(role), externalId)).rejects.toThrow(
    'is not authorized to perform: sts:AssumeRole',
  );
});

test('verify proves that no caller can use the routes of another, and fails once one can', async () => {
  const proven = await verify();
  expect(proven.failed).toEqual([]);
  expect(proven.ofCallers).toBeGreaterThan(10);

  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const Statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      ...{ RoleName: BILLING_ROLE, PolicyName: 'more' },
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  iam.destroy();
  expect((await verify()).failed).toEqual(['caller 2, route of others (1)', 'caller 2, unknown route']);
});

test('a caller with a route that the API does not have is refused before a deployment, with the routes', async () => {
  await setCallers({ billing: { ...callers.billing, routes: ['GET /whoami', 'GET /invoices'] } });
  const result = await bed.sls(['deploy'], { service: 'api' });
  expect(result.exitCode).toBe(1);
  expect(slsFailure(result)).toContain(
    'local.callers.billing.routes has GET /invoices, which the API does not serve. Its routes are POST /messages, GET /whoami. Correct the setting, or add the route',
  );
});
