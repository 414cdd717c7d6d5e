import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { terminalPalette } from '@cross-account-api/command-line';
import { createSteps } from '../libs/cli/src/steps.ts';
import { buildPackages } from './lib/build-package.ts';
import { runCommand, UsageError } from './lib/command-line.ts';
import { packPackages } from './lib/pack-package.ts';
import { allChecks, type Check } from './test-packages/checks.ts';
import { createProjects, installOwnTools } from './test-packages/projects.ts';

/** The result of a check. */
interface Result {
  readonly check: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** The output of the tools, if it failed. */
  readonly output?: string;
}

await runCommand(
  'test:packages',
  'Packs the packages, installs them in projects that know nothing of this one, and uses them there in every way they support.',
  {
    only: { type: 'string', value: 'TEXT', description: 'Runs only the checks with this text in their name' },
    json: { type: 'boolean', description: 'Prints the results as JSON' },
  },
  async ({ only = '', json = false }) => {
    const steps = createSteps({ quiet: json });
    const folder = await mkdtemp(join(tmpdir(), 'test-packages-'));
    try {
      await steps.run('Install the tools', installOwnTools);
      await buildPackages(steps);
      const tarballs = await packPackages(join(folder, 'tarballs'), steps);
      const projects = await steps.run('Install the packages', () => createProjects(folder, tarballs));
      const checks = (await allChecks(tarballs, projects)).filter(({ name }) => name.includes(only));
      if (checks.length === 0) throw new UsageError(`No check has "${only}" in its name.`);
      const results = await runAll(checks, (result) => {
        if (!json) process.stdout.write(`${lineOf(result)}\n`);
      });
      const failed = results.filter(({ passed }) => !passed);
      if (json) {
        process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
      } else {
        for (const { check, output } of failed)
          process.stdout.write(`\n${terminalPalette.strong(check)}\n${output}\n`);
        const passed = results.length - failed.length;
        process.stdout.write(`\nPackages: ${passed} passed, ${failed.length} failed\n`);
      }
      return failed.length === 0 ? 0 : 1;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** Runs the checks: one more at once than there are cores, because npm waits for the registry. */
async function runAll(
  checks: readonly Check[],
  report: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = [...checks];
  const worker = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const result = await runOne(check);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  return results;
}

async function runOne(check: Check): Promise<Result> {
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 100) / 10;
  try {
    await check.run();
    return { check: check.name, passed: true, seconds: seconds() };
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    return { check: check.name, passed: false, seconds: seconds(), output };
  }
}

function lineOf({ check, passed, seconds }: Result): string {
  return `${passed ? terminalPalette.allowed('✔') : terminalPalette.denied('✘')} ${check.padEnd(44)} ${terminalPalette.faint(`${seconds.toFixed(1).padStart(5)} s`)}`;
}
