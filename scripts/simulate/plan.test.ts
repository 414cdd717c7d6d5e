import { makePlan } from './plan.ts';

const seeds = Array.from({ length: 300 }, (_, seed) => seed);

test('a plan has at least ten calls of two callers, and four faults of the network', () => {
  for (const seed of seeds) {
    const { calls, faults } = makePlan(seed);
    expect(calls.length).toBeGreaterThanOrEqual(10);
    expect(new Set(calls.map(({ caller }) => caller)).size).toBe(2);
    expect(faults.filter(({ on }) => on === 'message').length).toBeGreaterThanOrEqual(4);
  }
});

test('a third of the requests that store something have no key, and faults are aimed at them', () => {
  const plans = seeds.map(makePlan);
  const storing = plans.flatMap(({ calls, remembersKeys }) =>
    calls
      .filter(({ target }) => target !== 'read' && target !== 'whoami')
      .map(({ keyless }) => keyless || !remembersKeys),
  );
  const share = storing.filter(Boolean).length / storing.length;
  expect(share).toBeGreaterThan(0.28);
  expect(share).toBeLessThan(0.4);
  const aimed = plans
    .flatMap(({ faults }) => faults)
    .filter((fault) => fault.on === 'message' && fault.kind === 'api unkeyed');
  expect(aimed.length).toBeGreaterThan(seeds.length / 3);
});

test('a seed always makes the same plan, and another seed makes another plan', () => {
  for (const seed of seeds) expect(makePlan(seed)).toEqual(makePlan(seed));
  expect(new Set(seeds.map((seed) => JSON.stringify({ ...makePlan(seed), seed: 0 }))).size).toBe(
    seeds.length,
  );
});

test('the plans have all kinds of faults and changes, and repeated keys', () => {
  const plans = seeds.map(makePlan);
  const faults = plans.flatMap((plan) => plan.faults);
  const kinds = (on: string) =>
    new Set(faults.flatMap((fault) => (fault.on === on && 'effect' in fault ? fault.effect.type : [])));
  expect(kinds('message').size).toBe(15);
  expect(kinds('step')).toEqual(new Set(['stall', 'stall to deadline', 'kill']));
  expect(faults.some(({ on }) => on === 'link')).toBe(true);
  expect(faults.some(({ on }) => on === 'resume')).toBe(true);
  const settings = new Set(plans.flatMap(({ changes }) => changes.map(({ setting }) => setting)));
  expect([...settings].toSorted()).toEqual(['access mode', 'base path', 'code', 'external ID', 'mark']);
  const isRepeated = plans.map(
    ({ calls }) => new Set(calls.map(({ message }) => message)).size < calls.length,
  );
  expect(isRepeated).toContain(true);
});
