import type { Plan } from './plan.ts';

/**
 * Removes the parts of a plan that it does not need to fail: calls, faults and changes, first many at once, then one by one.
 * @param fails runs a plan
 * @returns the smallest plan found that still fails
 */
export async function shrink(plan: Plan, fails: (smaller: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  for (let before: Plan | undefined; before !== smallest; ) {
    before = smallest;
    for (const list of ['changes', 'faults', 'calls'] as const) {
      smallest = await shrinkList(smallest, list, fails);
    }
  }
  return smallest;
}

async function shrinkList(
  plan: Plan,
  list: 'calls' | 'faults' | 'changes',
  fails: (smaller: Plan) => Promise<boolean>,
): Promise<Plan> {
  let smallest = plan;
  for (let size = smallest[list].length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < smallest[list].length; ) {
      const rest = smallest[list].filter((_, index) => index < from || index >= from + size);
      const smaller = { ...smallest, [list]: rest };
      // A history without calls has no end.
      if (smaller.calls.length > 0 && (await fails(smaller))) smallest = smaller;
      else from += size;
    }
  }
  return smallest;
}
