import { type Running, startRunning } from '../support/running.ts';
import { type Bed, createBed } from './bed.ts';
import { conditionCases, identityPolicyCases } from './identity-policies.ts';
import { createVisitors, resourcePolicyCases } from './resource-policies.ts';
import { matrixTemplate } from './template.ts';

let running: Running;
let bed: Bed;
beforeAll(async () => {
  running = await startRunning();
  const preparing = createBed(running, {});
  await createVisitors(preparing);
  bed = createBed(running, await running.deploy('111111111111', 'matrix', matrixTemplate()));
}, 30_000);
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

describe('identity policies', () => identityPolicyCases(() => bed));
describe('conditions', () => conditionCases(() => bed));
describe('resource policies', () => resourcePolicyCases(() => bed));
