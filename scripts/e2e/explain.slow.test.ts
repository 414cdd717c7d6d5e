import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { deployPackages } from './packaged-pair.testing.ts';
import { expectRepaired, explain, runPrinted } from './printed-command.testing.ts';
import { API_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(300_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await deployPackages(bed);
});
afterAll(() => bed?.close());

test('a role that was deleted is created again by the command that is printed', async () => {
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const RoleName = 'depot-local-invoke';
  try {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'invoke-api' }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
  } finally {
    iam.destroy();
  }
  const { stdout } = await explain(bed);
  expect(stdout).toContain(`There is no role arn:aws:iam::${API_ACCOUNT}:role/${RoleName}`);
  expect(stdout).not.toContain('add to');
  expect(await runPrinted(bed, stdout)).toContain('sls remove');
  await expectRepaired(bed);
});
