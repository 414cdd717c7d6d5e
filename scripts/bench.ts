import { terminalPalette } from '@cross-account-api/command-line';
import { createSteps } from '../libs/cli/src/steps.ts';
import { billOf, measureCall, renderBill } from './bench/bill.ts';
import {
  compareContenders,
  judgeComparisons,
  priceOfMillionWarm,
  renderComparison,
} from './bench/compare.ts';
import { type Contender, contenders } from './bench/contenders.ts';
import { judgeOutages } from './bench/outage.ts';
import { judgeStorm, simulateStorm } from './bench/storm.ts';
import { measureWarm } from './bench/warm.ts';
import { readNumber, runCommand, UsageError } from './lib/command-line.ts';
import { reportFigures } from './lib/figures.ts';

const all = Object.keys(contenders) as Contender[];

await runCommand(
  'bench',
  {
    summary:
      'Compares the caller and the API with other ways to make the same call, and with what the page claims.',
    examples: [
      ['--only ours --only plain', 'two ways only'],
      ['--bill', 'the bill of a million calls'],
    ],
    exitCodes: { 0: 'all targets were met', 1: 'a target was missed', 2: 'wrong options' },
    page: 'scripts/bench/README.md',
  },
  {
    only: {
      type: 'string',
      value: 'CALLER',
      multiple: true,
      description: `One of ${all.join(', ')}; can be repeated`,
      default: 'all',
    },
    rounds: { type: 'string', value: 'N', description: 'How often each caller has its turn', default: '5' },
    storm: {
      type: 'boolean',
      description: 'Instead: 10,000 environments and the quota of STS',
    },
    bill: {
      type: 'boolean',
      description: 'Instead: the bill of a million calls',
    },
    outage: {
      type: 'boolean',
      description: 'Instead: an API and an STS that fail, on a virtual clock',
    },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ only = [], rounds, storm = false, outage = false, bill = false, json = false }) => {
    const steps = createSteps({ quiet: json });
    if (storm) {
      const small = await steps.run('1,000 environments, three hours', () => simulateStorm(1_000, 3));
      const large = await steps.run('10,000 environments, three hours', () => simulateStorm(10_000, 3));
      return reportFigures([small, large].flatMap(judgeStorm), json, { storms: [small, large] });
    }
    if (outage) return reportFigures(await steps.run('Outages', judgeOutages), json, {});
    const unknown = only.find((name) => !Object.hasOwn(contenders, name));
    if (unknown !== undefined) throw new UsageError(`--only ${unknown}: must be one of ${all.join(', ')}.`);
    const count = readNumber('rounds', rounds, { default: 5, min: 1, max: 1000 });
    if (bill) {
      const usage = await steps.run('Calls of the sample', measureCall);
      const functions = await compareContenders(['ours', 'post-key'], count, steps);
      const lines = billOf(usage, functions.map(priceOfMillionWarm));
      const text = json
        ? JSON.stringify({ usage, lines }, null, 2)
        : `\n${renderBill(lines, usage).join('\n')}`;
      process.stdout.write(`${text}\n`);
      return 0;
    }
    const wanted = all.filter((name) => only.length === 0 || only.includes(name));
    const comparisons = await compareContenders(wanted, count, steps);
    const warm = wanted.includes('ours')
      ? await steps.run('Warm calls over TLS', () => measureWarm(4 * count))
      : [];
    if (!json) process.stdout.write(`\n${renderComparison(comparisons, terminalPalette).join('\n')}\n`);
    return reportFigures([...judgeComparisons(comparisons), ...warm], json, { comparisons });
  },
);
