import { call, changeMode, setMode, startBedWithOrganization } from './access-modes.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import type { TestBed } from './test-bed.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startBedWithOrganization();
  await setMode(bed, 'resource-policy');
  await deployPackages(bed);
});
afterAll(() => bed?.close());

test('no call fails while a stage changes back to the access mode assume-role', async () => {
  await changeMode(bed, 'resource-policy', 'assume-role');
  expect(await call(bed)).toMatchObject({
    payload: { status: 200, body: { caller: { roleName: 'depot-local-invoke' } } },
  });
});
