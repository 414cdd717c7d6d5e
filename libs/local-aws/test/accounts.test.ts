import { readFile } from 'node:fs/promises';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { stateFiles } from '../src/state-directory/index.ts';
import { accounts, startTestAws, type TestAws } from '../src/testing/index.ts';

const THIRD = '333333333333';
const MEMBER = '444444444444';
const MANAGEMENT = '999999999999';
const NOBODY = '888888888888';

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws({
    accounts: [THIRD, accounts.api, THIRD],
    organization: {
      id: 'o-a1b2c3d4e5',
      managementAccountId: MANAGEMENT,
      accounts: [{ accountId: MEMBER, levels: [{}] }, { accountId: accounts.api }],
    },
  });
});
afterAll(() => aws?.close());

const trusting = (...principals: readonly string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principals }, Action: 'sts:AssumeRole' }],
  });

async function createRole(accountId: string, RoleName: string, ...principals: readonly string[]) {
  const iam = new IAMClient(aws.as(accountId).sdk);
  try {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(...principals) }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
  } finally {
    iam.destroy();
  }
}

async function assume(principal: string, RoleArn: string): Promise<string> {
  const sts = new STSClient(aws.as(principal).sdk);
  try {
    const { AssumedRoleUser } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
    return AssumedRoleUser?.Arn ?? '';
  } catch (error) {
    return error instanceof Error ? error.name : '';
  } finally {
    sts.destroy();
  }
}

test('each account that was named exists once, with a profile that has its administrator’s keys', async () => {
  expect(aws.localAws.instance.accounts).toEqual([
    { profile: 'local-api', accountId: accounts.api },
    { profile: 'local-caller', accountId: accounts.caller },
    { profile: `local-${THIRD}`, accountId: THIRD },
    { profile: `local-${MEMBER}`, accountId: MEMBER },
    { profile: `local-${MANAGEMENT}`, accountId: MANAGEMENT },
  ]);
  const { config, credentials } = stateFiles(aws.root);
  expect(await readFile(config, 'utf8')).toContain(`[profile local-${THIRD}]`);
  const { accessKeyId } = aws.localAws.directory.administrator(THIRD);
  expect(await readFile(credentials, 'utf8')).toContain(
    `[local-${THIRD}]\naws_access_key_id = ${accessKeyId}\n`,
  );
  const sts = new STSClient(aws.as(THIRD).sdk);
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: `arn:aws:iam::${THIRD}:user/administrator`,
  });
  sts.destroy();
});

test('an account of one team is not that of another: a role is assumed only by whom it trusts', async () => {
  await createRole(THIRD, 'shared', `arn:aws:iam::${MEMBER}:root`);
  const shared = `arn:aws:iam::${THIRD}:role/shared`;
  expect(await assume(MEMBER, shared)).toBe(`arn:aws:sts::${THIRD}:assumed-role/shared/test`);
  expect(await assume(accounts.caller, shared)).toBe('AccessDenied');
});

test('a role that a policy names must exist in an account of local AWS, and not in another team’s', async () => {
  const elsewhere = `arn:aws:iam::${NOBODY}:role/team/export`;
  expect(await createRole(THIRD, 'for-another-team', elsewhere)).toBe(trusting(elsewhere));
  expect(await assume(accounts.caller, `arn:aws:iam::${THIRD}:role/for-another-team`)).toBe('AccessDenied');
  await expect(createRole(THIRD, 'for-nobody', `arn:aws:iam::${MEMBER}:role/export`)).rejects.toThrow(
    `Invalid principal in policy: "AWS":"arn:aws:iam::${MEMBER}:role/export"`,
  );
});

test('after a reset, the accounts are still there, with the same keys', async () => {
  const { accessKeyId } = aws.localAws.directory.administrator(THIRD);
  await aws.reset();
  expect(aws.localAws.directory.administrator(THIRD).accessKeyId).toBe(accessKeyId);
});

test('more accounts than a local AWS can have are refused before it starts', async () => {
  const many = Array.from({ length: 500 }, (_, index) => String(300_000_000_000 + index));
  await expect(startTestAws({ accounts: many })).rejects.toThrow(
    'Options of startLocalAws: accounts and organization name 502 accounts, with those that are always there. There can be 500.',
  );
});

test('as many accounts as a local AWS can have fit into the files that every command reads', async () => {
  const many = Array.from({ length: 498 }, (_, index) => String(300_000_000_000 + index));
  await using full = await startTestAws({ accounts: many });
  expect(full.localAws.instance.accounts).toHaveLength(500);
  const { readStateDirectory } = await import('../src/state-directory/index.ts');
  expect(await readStateDirectory(full.root)).toMatchObject({ running: true });
});
