import { workInPairProject } from '../../project/pair.testing.ts';
import { startTestPair, type TestPair } from '../../stage/test-pair.testing.ts';
import { type StageVerification, verifyStage } from './verify-stage.ts';

workInPairProject();

let pair: TestPair;
let verification: StageVerification;
beforeAll(async () => {
  pair = await startTestPair({ http: true });
  // The AWS SDK reads the process's own.
  const { env: environment } = process;
  verification = await verifyStage({ stage: 'local', localAwsRoot: pair.root, environment });
});
afterAll(() => pair?.close());

// The pair's functions are stubs: the caller sends nothing.
const results = () => verification.results.filter(({ probe }) => probe.credentials !== 'caller function');

test('every probe of an HTTP API has the answer that is expected of one', () => {
  expect(results().length).toBeGreaterThan(20);
  expect(results().filter(({ pass }) => !pass)).toEqual([]);
});

test('its refusals are those of an HTTP API', () => {
  const observed = new Map(results().map(({ probe, observed: { outcome } }) => [probe.name, outcome]));
  expect(observed.get('unsigned POST /parcels')).toBe('403');
  expect(observed.get('malformed session token')).toBe('403');
  expect(observed.get('another stage')).toBe('404');
  expect(observed.get('correct signature')).toBe('200');
  expect(observed.get('stage serves the API’s routes, signed')).toBe('as configured');
});
