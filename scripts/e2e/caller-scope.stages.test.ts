import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { callerScope } from '@cross-account-api/api-handler';
import { callerSchema } from '@cross-account-api/contract';
import * as v from 'valibot';
import { callApi, type Keys, signed } from './call-api.testing.ts';
import { assumeRole, createCallerRole } from './caller-role.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, apiOutput, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

/** Two callers of two accounts. Their roles have the same name. */
const callers = {
  billing: {
    accountId: CALLER_ACCOUNT,
    roleName: 'export',
    externalId: 'billing-id',
    routes: ['GET /sender'],
  },
  audit: {
    accountId: API_ACCOUNT,
    roleName: 'export',
    externalId: 'audit-id',
    routes: ['GET /sender'],
  },
};
type Name = keyof typeof callers;
const names: readonly Name[] = ['billing', 'audit'];

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.close());

const deploy = async (accessMode: string, previousAccessMode?: string) => {
  const settings = { local: { accessMode, previousAccessMode, callers } };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify(settings));
  await deployPackages(bed);
};

/** Creates the role of a caller, anew if it is there. @returns the keys of a session of it */
async function replaceRole(name: Name): Promise<Keys> {
  const { accountId, roleName: RoleName } = callers[name];
  const iam = new IAMClient(bed.administrator(accountId));
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'call' })).catch(() => undefined);
  await iam.send(new DeleteRoleCommand({ RoleName })).catch(() => undefined);
  iam.destroy();
  const Statement = { Effect: 'Allow', Action: ['sts:AssumeRole', 'execute-api:Invoke'], Resource: '*' };
  return createCallerRole(bed, RoleName, { Version: '2012-10-17', Statement }, accountId);
}

/** Calls the API with a new role in each account. @returns the callers that the API saw */
async function callersSeen(accessMode: string) {
  const url = `${await apiOutput(bed, 'ApiUrl')}/sender`;
  const seen = names.map(async (name) => {
    const own = await replaceRole(name);
    const role = `arn:aws:iam::${API_ACCOUNT}:role/depot-local-invoke.${name}`;
    const keys =
      accessMode === 'assume-role' ? await assumeRole(bed, own, role, callers[name].externalId) : own;
    const { body } = await callApi(bed, url, await signed(url, keys));
    return v.parse(v.object({ caller: callerSchema }), body).caller;
  });
  return Promise.all(seen);
}

test.each([
  ['assume-role', [API_ACCOUNT, API_ACCOUNT]],
  ['resource-policy', [CALLER_ACCOUNT, API_ACCOUNT]],
])(
  'in access mode %s, callers of two accounts have two scopes, which they keep when their roles are replaced',
  async (accessMode, accountIds) => {
    await deploy(accessMode);
    const [first, second] = [await callersSeen(accessMode), await callersSeen(accessMode)];
    const scopes = first.map(({ arn }) => callerScope(arn));
    expect(new Set(scopes).size).toBe(2);
    expect(second.map(({ arn }) => callerScope(arn))).toEqual(scopes);
    // With assume-role, the API's own account signs for each of them.
    expect(first.map(({ accountId }) => accountId)).toEqual(accountIds);
  },
);
