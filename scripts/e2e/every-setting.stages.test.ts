import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { type DeployedResources, deployedResources, noResources } from './deployed-resources.testing.ts';
import { everything, stages } from './every-setting.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

const accounts = [API_ACCOUNT, CALLER_ACCOUNT];
const { region, rolePath, permissionsBoundary, organizationId } = everything;
const boundary = {
  Path: rolePath,
  PolicyName: permissionsBoundary.slice(rolePath.length - 1),
  PolicyDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
  }),
};

describe.each(Object.entries(stages))('a stage with all settings of "%s"', (_name, stage) => {
  let bed: TestBed;
  beforeAll(async () => {
    const organization = { id: organizationId, accounts: accounts.map((accountId) => ({ accountId })) };
    bed = await startTestBed({ sample: true, organization });
    for (const account of accounts) {
      const iam = new IAMClient(bed.administrator(account));
      await iam.send(new CreatePolicyCommand(boundary));
      iam.destroy();
    }
  });
  afterAll(() => bed?.close());

  // The tests follow one stage from start to end.

  async function deploy(changes: object = {}): Promise<void> {
    // Local AWS has its own profiles.
    const local = { ...stage, apiProfile: undefined, callerProfile: undefined, ...changes };
    await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local }));
    await bed.deploy();
  }

  const resources = () =>
    Promise.all(accounts.map((account) => deployedResources({ ...bed.administrator(account), region })));

  /** An answer of the API. An error has no status; the operation that the caller calls says which one an answer has. */
  const answered = { payload: { status: expect.any(Number), attempts: expect.any(Number) } };
  let before: DeployedResources[];

  test('is deployed, and the caller calls', async () => {
    await deploy();
    expect(await invokeCaller(bed, {}, region)).toMatchObject(answered);
    before = await resources();
  });

  test('is removed, once its protection is: its tables and logs stay', async () => {
    await deploy({ deletionProtection: false });
    for (const service of ['caller', 'api']) {
      const { exitCode, stdout, stderr } = await bed.sls(['remove'], { service });
      expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining('keeps: ')]);
    }
    const kept = before.map(({ tables, logGroups, policies }) => ({ tables, logGroups, policies }));
    expect(await resources()).toEqual(kept.map((each) => ({ ...noResources, ...each })));
  });

  test('is deployed again with these tables and logs, and the caller calls', async () => {
    await deploy();
    expect(await invokeCaller(bed, {}, region)).toMatchObject(answered);
    const buckets = [expect.stringContaining('serverlessdeploymentbucke')];
    expect(await resources()).toEqual(before.map((each) => ({ ...each, buckets })));
    expect(bed.reports).toEqual([]);
  });
});
