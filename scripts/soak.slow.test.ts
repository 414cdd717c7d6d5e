import { createSteps } from '../libs/cli/src/steps.ts';
import { runSoak } from './soak/run-soak.ts';

/** Enough for every kind of fault of the API, and few enough to run with the other tests. */
const MESSAGES = 80;

test('calls succeed while requests fail, connections break, sessions expire and processes die', async () => {
  const report = await runSoak({
    seed: 4,
    callers: 4,
    rate: 0.1,
    maxSessionSeconds: 6,
    skewEvery: 60,
    skewLasts: 30,
    isOver: ({ sent }) => sent >= MESSAGES,
    steps: createSteps({ quiet: true }),
  });
  const value = (name: string) => report.figures.find((figure) => figure.name === name)?.value;
  expect(value('Accepted messages executed twice')).toBe(0);
  expect(value('Messages lost without an error')).toBe(0);
  expect(value('STS calls beyond one a lifetime, and retries')).toBe(0);
  expect(value('Calls that overran their deadline')).toBe(0);
  // One in a thousand may fail. In this short run, a single failure is already more.
  expect({ failed: report.failed.length <= 2, errors: report.failed }).toMatchObject({ failed: true });
  expect(Object.keys(report.faults).length).toBeGreaterThan(5);
  expect(report.faults).toHaveProperty('iam: spreads a change later');
}, 180_000);
