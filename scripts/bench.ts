import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { terminalPalette } from '@cross-account-api/local-aws/cli';
import { createSteps } from '../libs/cli/src/steps.ts';
import { errorMessage } from '../libs/local-aws/src/core/errors.ts';
import { renderCharts } from './bench/charts.ts';
import { type Comparison, compareContenders } from './bench/compare.ts';
import { type Contender, contenders } from './bench/contenders.ts';
import { measureDeployment, measureFunctions } from './bench/deployed-pair.ts';
import { renderFigures } from './bench/figures.ts';
import { folderMegabytes } from './bench/folder-size.ts';
import { measureRateOf } from './bench/rate.ts';
import { renderComparison, renderFailures, renderScale, renderStorm } from './bench/render.ts';
import { measureScale } from './bench/scale.ts';
import { type Storm, simulateStorm } from './bench/storm.ts';
import { judge, type Measured } from './bench/targets.ts';
import type { Failure } from './bench/turns.ts';
import { readNumber, runCommand, UsageError } from './lib/command-line.ts';
import { projectRoot } from './lib/project.ts';

const PARTS = ['callers', 'services', 'local-aws', 'storm'] as const;

await runCommand(
  'bench',
  'Compares the caller with four other ways to make the same calls, on one local AWS; measures the services and local AWS; and compares ratios and sizes with their targets. Exit code 1: a target was missed, or something could not be measured. Run it on a quiet machine.',
  {
    only: {
      type: 'string',
      value: 'PART',
      multiple: true,
      description: `One of ${PARTS.join(', ')}, or a caller: ${Object.keys(contenders).join(', ')}. Repeat it for more. Default: all but storm`,
    },
    rounds: { type: 'string', value: 'N', description: 'How often each caller has its turn (default 5)' },
    storm: {
      type: 'boolean',
      description:
        'Simulates three hours of 1,000 and 10,000 execution environments against the quota of STS (--only storm)',
    },
    charts: { type: 'boolean', description: 'Writes the charts of README.md into scripts/bench/charts' },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ only = [], rounds, storm = false, charts = false, json = false }) => {
    const wanted = readOnly(storm ? ['storm'] : only);
    const count = readNumber('rounds', rounds, { default: 5, min: 1, max: 1000 });
    const steps = createSteps({ quiet: json });
    const failures: Failure[] = [];
    /** Runs a part. If it fails, the others go on. */
    const attempt = async <Result>(
      part: string,
      work: () => Promise<Result>,
    ): Promise<Result | undefined> => {
      try {
        return await work();
      } catch (error) {
        failures.push({ name: part, reason: errorMessage(error) });
        return undefined;
      }
    };
    const step = <Result>(name: string, work: () => Promise<Result>) =>
      attempt(name, () => steps.run(name, work));

    const machine = await describeMachine();
    if (!json) process.stdout.write(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
    const measured: { -readonly [Name in keyof Measured]: Measured[Name] } = {};
    if (wanted.contenders.length > 0) {
      const compared = await attempt('callers', () =>
        compareContenders({ rounds: count, only: wanted.contenders }, steps),
      );
      measured.comparisons = compared?.comparisons;
      failures.push(...(compared?.failures ?? []));
    }
    if (wanted.parts.has('services')) {
      measured.functions = await step('Functions', () => measureFunctions(count * 3));
      measured.deployment = await step('Deployment', () => measureDeployment(Math.min(count, 3), 500));
      measured.modulesMb = await folderMegabytes(join(projectRoot, 'node_modules'), ['.cache']);
    }
    if (wanted.parts.has('local-aws')) {
      measured.callerIdentity = await step('Signed requests a second', () =>
        measureRateOf(
          async () => ({
            host: 'sts.us-east-1.amazonaws.com',
            path: '/',
            region: 'us-east-1',
            service: 'sts',
            form: 'Action=GetCallerIdentity&Version=2011-06-15',
          }),
          count,
        ),
      );
      measured.scales = await step('1, 10 and 100 functions', async () => [
        await measureScale(1),
        await measureScale(10),
        await measureScale(100),
      ]);
    }
    if (wanted.parts.has('storm')) {
      const storms: Storm[] = [];
      for (const environments of [1_000, 10_000]) {
        storms.push(
          await steps.run(`${environments.toLocaleString('en')} environments, three hours`, () =>
            simulateStorm(environments, 3),
          ),
        );
      }
      measured.storms = storms;
    }
    const { comparisons = [], scales = [], storms = [] } = measured;
    const figures = judge(measured);
    const met = failures.length === 0 && figures.every((one) => one.met);
    if (charts) await writeCharts(comparisons);
    if (json) {
      // JSON has no maps.
      const plain = {
        ...measured,
        comparisons: comparisons.map((one) => ({ ...one, throughput: Object.fromEntries(one.throughput) })),
        functions: Object.fromEntries(measured.functions ?? []),
      };
      process.stdout.write(`${JSON.stringify({ met, failures, machine, figures, ...plain }, null, 2)}\n`);
    } else {
      const parts = [
        comparisons.length > 0 ? renderComparison(comparisons, terminalPalette) : [],
        scales.length > 0 ? renderScale(scales, terminalPalette) : [],
        storms.flatMap((one) => renderStorm(one, terminalPalette)),
        figures.length > 0 ? renderFigures(figures, terminalPalette) : [],
        renderFailures(failures, terminalPalette),
      ];
      for (const part of parts) if (part.length > 0) process.stdout.write(`\n${part.join('\n')}\n`);
    }
    return met ? 0 : 1;
  },
);

interface Wanted {
  readonly parts: ReadonlySet<string>;
  readonly contenders: readonly Contender[];
}

/** @throws UsageError that names what there is */
function readOnly(only: readonly string[]): Wanted {
  const all = Object.keys(contenders) as Contender[];
  if (only.length === 0) return { parts: new Set(PARTS.slice(0, 3)), contenders: all };
  const named = all.filter((contender) => only.includes(contender));
  const unknown = only.find((name) => ![...PARTS, ...all].some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`--only ${unknown}: must be one of ${[...PARTS, ...all].join(', ')}.`);
  }
  return { parts: new Set(only), contenders: only.includes('callers') ? all : named };
}

async function describeMachine() {
  const lock = JSON.parse(await readFile(join(import.meta.dirname, 'bench/peers/package-lock.json'), 'utf8'));
  const { dependencies } = lock.packages[''] as { dependencies: Record<string, string> };
  const versions = Object.keys(dependencies).map((name) => [
    name,
    lock.packages[`node_modules/${name}`].version,
  ]);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    node: process.version,
    versions: Object.fromEntries(versions) as Record<string, string>,
  };
}

async function writeCharts(comparisons: readonly Comparison[]): Promise<void> {
  const folder = join(import.meta.dirname, 'bench/charts');
  await mkdir(folder, { recursive: true });
  for (const [name, svg] of renderCharts(comparisons)) await writeFile(join(folder, `${name}.svg`), svg);
}
