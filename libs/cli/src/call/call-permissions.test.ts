import { appendFile, copyFile } from 'node:fs/promises';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { type CallPair, startCallPair } from '../commands/explain/call-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../stage/test-pair.testing.ts';
import { readCall } from './call-options.ts';
import { callPermissions } from './call-permissions.ts';
import type { Link } from './link.ts';

type Policy = ReturnType<typeof callPermissions>['api']['policy'];

let pair: CallPair;
let printed: ReturnType<typeof callPermissions>;
beforeAll(async () => {
  pair = await startCallPair();
  printed = callPermissions(await readCall(pair.values));
  const profiles = [await addReader(API_ACCOUNT), await addReader(CALLER_ACCOUNT)];
  await useCopy('AWS_CONFIG_FILE', profiles.map(({ config }) => config).join(''));
  await useCopy('AWS_SHARED_CREDENTIALS_FILE', profiles.map(({ keys }) => keys).join(''));
});
afterAll(() => pair?.close());

const nameOf = (accountId: string) => `reader-${accountId}`;

/** Points the SDK to a longer copy of a file: it reads each file once. */
async function useCopy(name: string, more: string): Promise<void> {
  const file = process.env[name] ?? '';
  await copyFile(file, `${file}-copy`);
  await appendFile(`${file}-copy`, more);
  process.env[name] = `${file}-copy`;
}

/** Makes a user. @returns its profile, for AWS's two files */
async function addReader(accountId: string) {
  const iam = new IAMClient(pair.sdk(accountId));
  const UserName = nameOf(accountId);
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return {
    config: `\n[profile ${UserName}]\nregion = us-east-1\nendpoint_url = ${pair.aws.url}\n`,
    keys: `\n[${UserName}]\naws_access_key_id = ${AccessKey?.AccessKeyId}\naws_secret_access_key = ${AccessKey?.SecretAccessKey}\n`,
  };
}

async function allow(accountId: string, policy: Policy): Promise<void> {
  const iam = new IAMClient(pair.sdk(accountId));
  const PolicyDocument = JSON.stringify(policy);
  await iam.send(
    new PutUserPolicyCommand({ UserName: nameOf(accountId), PolicyName: 'read', PolicyDocument }),
  );
  iam.destroy();
}

const without = ({ Version, Statement }: Policy, action: string): Policy => ({
  Version,
  Statement: Statement.map((each) => ({
    ...each,
    Action: each.Action.filter((one) => one !== action),
  })).filter(({ Action }) => Action.length > 0),
});

/** Walks the chain with profiles that have only these policies. */
async function walk(caller: Policy, api: Policy) {
  await allow(CALLER_ACCOUNT, caller);
  await allow(API_ACCOUNT, api);
  const profiles = { 'caller-profile': nameOf(CALLER_ACCOUNT), 'api-profile': nameOf(API_ACCOUNT) };
  const explained = await pair.explain(profiles);
  return { ...explained, links: (explained.document as { readonly links: readonly Link[] }).links };
}

test('the policies that are printed are enough, and each is for its own account', async () => {
  expect(printed).toMatchObject({ caller: { accountId: CALLER_ACCOUNT }, api: { accountId: API_ACCOUNT } });
  const { exitCode, links } = await walk(printed.caller.policy, printed.api.policy);
  expect(links.filter(({ state }) => state !== 'holds')).toEqual([]);
  expect(exitCode).toBe(0);
});

test.each([
  ['iam:GetRole', 'api'],
  ['iam:ListRolePolicies', 'api'],
  ['iam:GetRolePolicy', 'caller'],
  ['iam:ListAttachedRolePolicies', 'caller'],
  ['iam:GetPolicy', 'api'],
  ['iam:GetPolicyVersion', 'caller'],
  ['apigateway:GET', 'api'],
  ['lambda:GetFunctionConfiguration', 'caller'],
  ['lambda:GetFunctionConfiguration', 'api'],
  ['lambda:GetFunctionConcurrency', 'caller'],
  ['lambda:GetFunctionConcurrency', 'api'],
  ['lambda:GetPolicy', 'api'],
] as const)('without %s, the %s side has links that cannot be read, and names it', async (action, side) => {
  const policies = { caller: printed.caller.policy, api: printed.api.policy };
  const narrowed = { ...policies, [side]: without(policies[side], action) };
  const { exitCode, links, lines } = await walk(narrowed.caller, narrowed.api);
  expect(exitCode).toBe(2);
  expect(links.filter(({ state }) => state === 'breaks')).toEqual([]);
  const permissions = links.flatMap(({ unread = [] }) => unread.map(({ permission }) => permission));
  expect(permissions).toContainEqual(expect.stringContaining(action));
  expect(lines.join('\n')).toContain(`cannot be read without ${action}`);
});

test('each action only reads', () => {
  const actions = Object.values(printed).flatMap(({ policy }) =>
    policy.Statement.flatMap(({ Action }) => Action),
  );
  for (const action of actions) expect(action).toMatch(/:(Get|List|Describe|GET)/);
});

test('a role and a custom domain need no other permissions', async () => {
  const values = { api: 'https://api.example.com/a', caller: pair.callerRoleArn, region: 'eu-west-1' };
  const { caller, api } = callPermissions(await readCall(values));
  const resources = (policy: Policy, sid: string) =>
    policy.Statement.find(({ Sid }) => Sid === sid)?.Resource;
  expect(resources(caller.policy, 'ReadCaller')).toBeUndefined();
  expect(resources(caller.policy, 'ReadRoles')).toEqual([pair.callerRoleArn]);
  expect(resources(api.policy, 'ReadApi')).toEqual([
    'arn:aws:apigateway:eu-west-1::/restapis/*',
    'arn:aws:apigateway:eu-west-1::/apis/*',
    'arn:aws:apigateway:eu-west-1::/domainnames/api.example.com/basepathmappings',
  ]);
});
