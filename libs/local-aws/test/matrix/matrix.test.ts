import { type Running, startRunning } from '../support/running.ts';
import { type Bed, createBed } from './bed.ts';
import { conditionCases, identityPolicyCases } from './identity-policies.ts';
import { createVisitors, resourcePolicyCases } from './resource-policies.ts';
import { createKeys, signatureCases } from './signatures.ts';
import { matrixTemplate } from './template.ts';

let running: Running;
let bed: Bed;
let keys: Awaited<ReturnType<typeof createKeys>>;
beforeAll(async () => {
  running = await startRunning();
  const preparing = createBed(running, {});
  await createVisitors(preparing);
  bed = createBed(running, await running.deploy('111111111111', 'matrix', matrixTemplate()));
  keys = await createKeys(bed, '111111111111');
}, 30_000);
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

describe('identity policies', () => identityPolicyCases(() => bed));
describe('conditions', () => conditionCases(() => bed));
describe('resource policies', () => resourcePolicyCases(() => bed));
describe('signatures', () =>
  signatureCases(
    () => bed,
    () => keys,
  ));
