import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { type ApiAnswer, callApi, type Keys, signed } from './call-api.testing.ts';
import { assumeRole, createCallerRole } from './caller-role.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, apiOutputs, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

// Not one of the two accounts to which this repository deploys.
const PARTNER_ACCOUNT = '333333333333';
const FIRST_ROLE = 'depot-local-invoke';
const BILLING_ROLE = `${FIRST_ROLE}.billing`;
const arnOf = (role: string) => `arn:aws:iam::${API_ACCOUNT}:role/${role}`;

const callers = {
  billing: {
    accountId: CALLER_ACCOUNT,
    roleName: 'team/billing',
    externalId: 'billing-id',
    routes: ['GET /sender'],
  },
  audit: {
    accountId: API_ACCOUNT,
    roleName: 'audit',
    externalId: 'audit-id',
    routes: ['POST /parcels'],
  },
  partner: {
    accountId: PARTNER_ACCOUNT,
    roleName: 'orders',
    externalId: 'partner-id',
    routes: ['GET /sender'],
  },
};

let bed: TestBed;
let billing: Keys;
beforeAll(async () => {
  bed = await startTestBed();
  await setCallers(callers);
  await deployPackages(bed);
  billing = await createCallerRole(bed, 'team/billing', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
  });
});
afterAll(() => bed?.close());

const setCallers = (settings: object) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: { callers: settings } }));

/** Runs a command of the project. */
const run = (...args: readonly string[]) =>
  runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });

const explain = (...args: string[]) => run('explain', '--stage', 'local', ...args);

async function call(keys: Keys, method: string, path: string): Promise<ApiAnswer> {
  const url = `${(await apiOutputs(bed)).ApiUrl}${path}`;
  return callApi(bed, url, await signed(url, keys, { method, ...(method === 'POST' && { body: '{}' }) }));
}

/** Verifies the stage. @returns the probes that fail, and the number of probes of a caller */
async function verify() {
  const { stdout } = await run('verify', '--json');
  const { probes }: { probes: { name: string; pass: boolean }[] } = JSON.parse(stdout);
  return {
    failed: probes.filter(({ pass }) => !pass).map(({ name }) => name),
    ofCallers: probes.filter(({ name }) => /^caller \d/.test(name)).length,
  };
}

test('a further caller assumes its own invoke role, which may call its routes and no others', async () => {
  const session = await assumeRole(bed, billing, arnOf(BILLING_ROLE), 'billing-id');
  expect(await call(session, 'GET', '/sender')).toMatchObject({
    status: 200,
    body: { caller: { roleName: BILLING_ROLE, accountId: API_ACCOUNT } },
  });
  expect(await call(session, 'POST', '/parcels')).toMatchObject({
    status: 403,
    errorType: 'AccessDeniedException',
  });
});

test.each([
  ['of the first caller', FIRST_ROLE, 'local-external-id'],
  ['of another caller', `${FIRST_ROLE}.audit`, 'audit-id'],
  ['with a wrong external ID', BILLING_ROLE, 'audit-id'],
])('a further caller does not get the invoke role %s', async (_what, role, externalId) => {
  await expect(assumeRole(bed, billing, arnOf(role), externalId)).rejects.toThrow(
    'is not authorized to perform: sts:AssumeRole',
  );
});

describe('explain walks the chain of a further caller', () => {
  const links = [
    "✔ the API has the caller's routes",
    '✔ role billing assumes role depot-local-invoke.billing',
    '✔ role depot-local-invoke.billing calls getSender (GET /sender)',
    '✔ API Gateway invokes depot-local-sender for GET /sender',
  ];

  test('to the end, with its own routes only, if its account can be read', async () => {
    const { exitCode, stdout } = await explain('--caller', 'billing');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Stage local, caller billing: the chain holds (10 links)');
    for (const link of links) expect(stdout).toContain(link);
    expect(stdout).not.toMatch(/parcels|was not read/);
  });

  test('and names the role that its account must create, without a command that deploys this project', async () => {
    const { exitCode, stdout } = await explain('--caller', 'audit');
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`There is no role arn:aws:iam::${API_ACCOUNT}:role/audit.`);
    expect(stdout).not.toContain('npx sls');
  });

  test('and lists what its account needs, if no profile can read it', async () => {
    const { exitCode, stdout } = await explain('--caller', 'partner');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`✔ role orders assumes role ${FIRST_ROLE}.partner`);
    expect(stdout).toContain(
      `Account ${PARTNER_ACCOUNT} was not read: no profile of the stage belongs to it.`,
    );
    expect(stdout).toContain(`runs as arn:aws:iam::${PARTNER_ACCOUNT}:role/orders`);
    expect(stdout).toContain('npm run handover -- --stage local --caller partner');
    const { callerPart } = JSON.parse((await explain('--caller', 'partner', '--json')).stdout);
    expect(callerPart.policy.Statement).toMatchObject([
      { Action: 'sts:AssumeRole', Resource: [arnOf(`${FIRST_ROLE}.partner`)] },
    ]);
  });

  test('unless there is no such caller', async () => {
    const { exitCode, stderr } = await explain('--caller', 'biling');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('local.callers has no caller "biling". It has billing, audit, partner');
  });
});

test('review looks at the call of a further caller, and names the account that no profile can read', async () => {
  const { stdout } = await run('review', '--stage', 'local', '--caller', 'partner', '--json');
  const { findings, unread } = JSON.parse(stdout);
  expect(findings).toEqual([]);
  expect(unread).toEqual([
    {
      accountId: PARTNER_ACCOUNT,
      permission: `a profile of account ${PARTNER_ACCOUNT}, where arn:aws:iam::${PARTNER_ACCOUNT}:role/orders is`,
    },
  ]);
});

test('verify proves that no caller can use the routes of another, and fails once one can', async () => {
  const proven = await verify();
  expect(proven.failed).toEqual([]);
  expect(proven.ofCallers).toBeGreaterThan(10);

  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const Statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: BILLING_ROLE,
      PolicyName: 'more',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  iam.destroy();
  expect((await verify()).failed).toEqual([
    'caller 2, route of others (1)',
    'caller 2, route of others (2)',
    'caller 2, unknown route',
  ]);
});

test('repair says that the stacks of callers of other projects are not compared', async () => {
  const { exitCode, stdout } = await run('repair');
  expect(exitCode).toBe(0);
  expect(stdout).toContain(
    `The stack of caller partner in account ${PARTNER_ACCOUNT} was not compared: another project deploys it`,
  );
});
