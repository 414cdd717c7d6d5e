import { randomInt } from 'node:crypto';
import { readNumber, runCommand, UsageError } from './lib/command-line.ts';
import { defects } from './simulate/defects.ts';
import { explore, type Variant } from './simulate/explore.ts';
import type { RunPlan } from './simulate/history.ts';
import { prepareModules } from './simulate/modules.ts';
import { makePlan, type Plan } from './simulate/plan.ts';
import { renderExploration, renderPlan, renderStep, renderViolations } from './simulate/render.ts';
import { shrink } from './simulate/shrink.ts';

/** The pair that needs nothing but the libraries. */
const LIBRARIES = 'scripts/simulate/libraries.ts';

await runCommand(
  'simulate',
  'Runs assume-role, signed-fetch and the idempotent handler on a virtual clock, while requests are lost, delayed, repeated and cut, environments stall and die, and deployments come in between. Fails if an invariant does not hold, and prints a short history that shows it.',
  {
    histories: { type: 'string', value: 'N', description: 'How many histories (2000)' },
    from: { type: 'string', value: 'N', description: 'The first seed (a random one)' },
    seed: { type: 'string', value: 'N', description: 'Replays one history, and prints its steps' },
    defect: {
      type: 'string',
      value: 'NAME',
      description: `Plants a defect, to show what is found: ${Object.keys(defects).join(', ')}`,
    },
    pair: {
      type: 'string',
      value: 'FILE',
      description:
        'The module with the API and its callers (the libraries alone: scripts/simulate/libraries.ts)',
    },
    sdk: {
      type: 'boolean',
      description: "Uses the AWS SDK's clients of STS and DynamoDB. Takes twice as long",
    },
    workers: { type: 'string', value: 'N', description: 'Threads (as many as there are processors)' },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ histories, from, seed, defect, pair = LIBRARIES, sdk = false, workers, json = false }) => {
    if (defect !== undefined && !Object.hasOwn(defects, defect)) {
      throw new UsageError(`--defect ${defect}: must be one of ${Object.keys(defects).join(', ')}.`);
    }
    const variant: Variant = { pair, defect, usesSdk: sdk };
    const max = 2 ** 31;
    if (seed !== undefined) {
      const chosen = readNumber('seed', seed, { default: 1, min: 0, max });
      const plan = makePlan(chosen);
      const runPlan = await prepareModules(variant);
      const { violations, lines } = await trace(plan, runPlan);
      const ok = violations.length === 0;
      if (json) print([JSON.stringify({ ok, seed: chosen, violations })]);
      else print([...lines, ...(ok ? [] : await shorten(plan, runPlan))]);
      return ok ? 0 : 1;
    }
    const count = readNumber('histories', histories, { default: 2_000, min: 1, max: 100_000_000 });
    const first = readNumber('from', from, { default: randomInt(max / 2), min: 0, max });
    const threads =
      workers === undefined ? undefined : readNumber('workers', workers, { default: 1, min: 1, max: 64 });
    if (!json) print([`${count} histories from seed ${first} on`]);
    const start = performance.now();
    const exploration = await explore(first, count, variant, threads);
    const { failure } = exploration;
    if (json) print([JSON.stringify({ ok: failure === undefined, from: first, ...exploration })]);
    else {
      print(renderExploration(exploration, (performance.now() - start) / 1_000));
      if (failure !== undefined) {
        print(['', ...renderViolations(failure.violations)]);
        print(await shorten(makePlan(failure.seed), await prepareModules(variant)));
        print(['', `The whole history: ${repeatCommand(failure.seed, variant)}`]);
      }
    }
    return failure === undefined ? 0 : 1;
  },
);

/** Runs a history, and renders its steps and violations. */
async function trace(plan: Plan, runPlan: RunPlan) {
  const lines: string[] = [];
  const { violations } = await runPlan(plan, (...step) => void lines.push(renderStep(...step)));
  const broken = violations.length === 0 ? ['✔ Every invariant holds.'] : renderViolations(violations);
  return { violations, lines: [...lines, '', ...broken] };
}

/** Shrinks a history that fails, and renders the rest. */
async function shorten(plan: Plan, runPlan: RunPlan): Promise<string[]> {
  const { violations } = await runPlan(plan);
  const [first] = violations;
  const short = await shrink(plan, async (smaller) => {
    const found = await runPlan(smaller);
    return found.violations.some(({ invariant }) => invariant === first?.invariant);
  });
  const { lines } = await trace(short, runPlan);
  return ['', `A short history that fails: ${renderPlan(short)}`, ...lines];
}

function repeatCommand(seed: number, { pair, defect, usesSdk }: Variant): string {
  const options = [
    pair !== LIBRARIES && ` --pair ${pair}`,
    defect && ` --defect ${defect}`,
    usesSdk && ' --sdk',
  ]
    .filter(Boolean)
    .join('');
  return `npm run simulate -- --seed ${seed}${options}`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
