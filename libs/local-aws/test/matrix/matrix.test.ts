import { A, type Running, startRunning } from '../running.testing.ts';
import { createAssumers } from './assumers.testing.ts';
import { type Bed, createBed } from './bed.testing.ts';
import { executionCases } from './execution.testing.ts';
import { functionRoleCases, lambdaInvokeCases } from './functions.testing.ts';
import { conditionCases, identityPolicyCases } from './identity-policies.testing.ts';
import { limitCases } from './limits.testing.ts';
import { sessionLifeCases } from './live-sessions.testing.ts';
import { createVisitors, resourcePolicyCases } from './resource-policies.testing.ts';
import { createKeys, signatureCases } from './signatures.testing.ts';
import { stsCases } from './sts-refusals.testing.ts';
import { matrixTemplate } from './template.testing.ts';
import { trustCases } from './trust-policies.testing.ts';

// One local AWS, one stack, and every situation in which a request is allowed or refused. A row of a table has the situation,
// the setup, and the answer with the statement that decided or the policy that was missing.

let running: Running;
let bed: Bed;
let keys: Awaited<ReturnType<typeof createKeys>>;
let assumers: Awaited<ReturnType<typeof createAssumers>>;
beforeAll(async () => {
  running = await startRunning();
  await createVisitors(createBed(running, {}));
  bed = createBed(running, await running.deploy(A, 'matrix', matrixTemplate()));
  keys = await createKeys(bed, A);
  assumers = await createAssumers(bed);
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});
const theBed = () => bed;

describe('signatures', () => signatureCases(theBed, () => keys));
describe('identity policies', () => identityPolicyCases(theBed));
describe('conditions', () => conditionCases(theBed));
describe('resource policies', () => resourcePolicyCases(theBed));
describe('boundaries, session policies, service control policies', () => limitCases(theBed));
describe('trust policies', () => trustCases(theBed, () => assumers));
describe('requests to STS', () => stsCases(theBed, () => assumers));
describe('live sessions', () => sessionLifeCases(theBed, () => assumers));
describe('routes, models, limits, integrations', () =>
  executionCases(theBed, () => ({
    keys: running.administrator(A),
    arn: `arn:aws:iam::${A}:user/administrator`,
  })));
describe('lambda:InvokeFunction', () => lambdaInvokeCases(theBed));
describe('roles of functions', () => functionRoleCases(theBed));
