import { makePlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';

test('only the parts that a plan needs to fail are left', async () => {
  const plan = makePlan(5);
  const [fault] = plan.faults;
  const call = plan.calls.at(-1)!;
  let runs = 0;
  const fails = async ({ calls, faults }: Plan) => {
    runs += 1;
    return calls.includes(call) && faults.includes(fault!);
  };
  expect(await shrink(plan, fails)).toEqual({ ...plan, calls: [call], faults: [fault], changes: [] });
  expect(runs).toBeLessThan(100);
});

test('a plan that needs all its parts does not change', async () => {
  const plan = makePlan(6);
  expect(await shrink(plan, async (smaller) => smaller === plan)).toBe(plan);
});
