import { parentPort, workerData } from 'node:worker_threads';
import { addAll, type Exploration, type Share } from './explore.ts';
import { prepareModules } from './modules.ts';
import { makePlan } from './plan.ts';

// A thread of the simulation. It decides what the modules are, and then loads them.
const share: Share = workerData;
const runPlan = await prepareModules(share);
let histories = 0;
let counts: Record<string, number> = {};
let exceptions: Record<string, number> = {};
let failure: Exploration['failure'];
for (let seed = share.from; seed < share.to && failure === undefined; seed += share.step) {
  const history = await runPlan(makePlan(seed));
  histories += 1;
  counts = addAll([counts, history.counts]);
  exceptions = addAll([exceptions, history.exceptions]);
  if (history.violations.length > 0) failure = { seed, violations: history.violations };
}
parentPort?.postMessage({ histories, counts, exceptions, failure } satisfies Exploration);
