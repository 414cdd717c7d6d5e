import { parentPort, workerData } from 'node:worker_threads';
import { type Exploration, type Share, sumUp } from './explore.ts';
import { prepareModules } from './modules.ts';
import { makePlan } from './plan.ts';

// A thread of the simulation. It first sets up the modules, and then loads them.
const share: Share = workerData;
const runPlan = await prepareModules(share);
let found = sumUp([]);
for (let seed = share.from; seed < share.to && found.failure === undefined; seed += share.step) {
  const { violations, exceptions, counts } = await runPlan(makePlan(seed));
  const failure: Exploration['failure'] = violations.length === 0 ? undefined : { seed, violations };
  found = sumUp([found, { histories: 1, counts: { ...counts }, exceptions, failure }]);
}
parentPort?.postMessage(found);
