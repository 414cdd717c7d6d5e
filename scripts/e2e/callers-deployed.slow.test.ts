import { slsFailure } from '../../libs/cli/src/project/sls.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import type { TestBed } from './test-bed.testing.ts';
import { call, expectBothDeployed, FIRST, SECOND, startBedOfTwoCallers } from './two-callers.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startBedOfTwoCallers();
});
afterAll(async () => {
  await bed?.close();
  expect(bed?.reports).toEqual([]);
});

// The tests follow one stage.

test('one deployment deploys the API and both callers, each with its own role and invoke role', async () => {
  const result = await bed.sls(['deploy']);
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  await expectBothDeployed(bed);
  for (const name of [FIRST, SECOND])
    expect(await call(bed, name, 'getSender')).toMatchObject({ status: 200 });
});

test('npm run check knows both callers', async () => {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  const checked = await runInProcess(['check', '--json'], bed.project.root, environment);
  expect(checked).toMatchObject({ exitCode: 0 });
});
