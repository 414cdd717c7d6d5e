import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { startCommand } from './command.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { CALLER_ACCOUNT, type TestBed } from './test-bed.testing.ts';
import {
  call,
  expectBothDeployed,
  FIRST,
  SECOND,
  setSettings,
  startBedOfTwoCallers,
} from './two-callers.testing.ts';

// callers-deployed.slow.test.ts deploys them as a user does, through Compose.

jest.setTimeout(180_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startBedOfTwoCallers();
  await deployPackages(bed);
});
afterAll(async () => {
  await bed?.close();
  expect(bed?.reports).toEqual([]);
});

test('the API and both callers are deployed, each with its own role and invoke role', () =>
  expectBothDeployed(bed));

test('each calls as its own invoke role', async () => {
  expect(await call(bed, FIRST, 'getSender')).toMatchObject({
    body: { caller: { roleName: 'orders-local-invoke' } },
  });
  expect(await call(bed, SECOND, 'getSender')).toMatchObject({
    body: { caller: { roleName: 'orders-local-invoke.billing' } },
  });
});

test('the second is refused on a route of the first', async () => {
  expect(await call(bed, FIRST, 'postParcel')).toMatchObject({ status: 200 });
  expect(await call(bed, SECOND, 'postParcel')).toMatchObject({
    errorMessage: expect.stringContaining('is not authorized to perform: execute-api:Invoke'),
  });
});

test.each([
  ['verify', '--json'],
  ['explain', '--stage', 'local', '--caller', 'billing'],
  ['call', 'getSender', '--caller', 'billing'],
])('npm run %s knows both', async (...args) => {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  expect(await runInProcess(args, bed.project.root, environment)).toMatchObject({ exitCode: 0 });
});

test('npm run handover hands over the second', async () => {
  const args = ['--stage', 'local', '--caller', 'billing'];
  const command = startCommand(bed.project, 'handover', args, { LOCAL_AWS_ROOT: bed.localAwsRoot });
  const exitCode = await command.ended;
  expect({ exitCode, ...command.output() }).toMatchObject({ exitCode: 0 });
});

test('in access mode resource-policy, each calls as itself, the second on its own route only', async () => {
  await setSettings(bed, { accessMode: 'resource-policy' });
  await deployPackages(bed);
  for (const [name, roleName] of [
    [FIRST, FIRST],
    [SECOND, SECOND],
  ] as const) {
    expect(await call(bed, name, 'getSender')).toMatchObject({
      body: { caller: { accountId: CALLER_ACCOUNT, roleName } },
    });
  }
  expect(await call(bed, SECOND, 'postParcel')).toMatchObject({
    errorMessage: expect.stringContaining('is not authorized to perform: execute-api:Invoke'),
  });
});
