import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createSteps } from '../libs/cli/src/steps.ts';
import { readNumber, runCommand, UsageError } from './lib/command-line.ts';
import { projectRoot } from './lib/project.ts';
import { installTools } from './lib/tools.ts';
import { mutants } from './simulate/mutants.ts';
import { findDefects } from './test-mutation/defects.ts';

const libraries = ['assume-role', 'signed-fetch'];
/** The part that plants the defects of the list. */
const DEFECTS = 'defects';
const parts = [DEFECTS, ...libraries];
const folder = join(projectRoot, 'scripts/test-mutation');

await runCommand(
  'test:mutation',
  'Plants the defects of scripts/simulate/mutants.ts one by one, and fails if neither a unit test of the library nor a history finds one. Then changes the sources of assume-role and signed-fetch, one place at a time, and lists the changes that no test notices. Fails if a library scores less than 85. What has not changed since the last run is not tested again.',
  {
    only: { type: 'string', value: 'PART', description: `${parts.join(' or ')}; all if not given` },
    defect: { type: 'string', value: 'NAME', description: 'Plants this defect only' },
    concurrency: { type: 'string', value: 'N', description: 'Test processes at once (2)' },
  },
  async ({ only, defect, concurrency }) => {
    if (only !== undefined && !parts.includes(only)) {
      throw new UsageError(`--only ${only}: must be ${parts.join(' or ')}.`);
    }
    if (defect !== undefined && !Object.hasOwn(mutants, defect)) {
      throw new UsageError(`--defect ${defect}: must be one of ${Object.keys(mutants).join(', ')}.`);
    }
    const processes = readNumber('concurrency', concurrency, { default: 2, min: 1, max: 64 });
    const chosen = defect !== undefined ? [DEFECTS] : only === undefined ? parts : [only];
    let exitCode = 0;
    if (chosen.includes(DEFECTS)) {
      const print = (line: string) => process.stdout.write(`${line}\n`);
      const missed = await findDefects(processes, defect === undefined ? undefined : [defect], print);
      if (missed.length > 0) exitCode = 1;
    }
    const stryked = libraries.filter((library) => chosen.includes(library));
    if (stryked.length > 0) await createSteps().run('Install the tools', () => installTools(folder));
    for (const library of stryked) exitCode = Math.max(exitCode, await mutate(library, processes));
    return exitCode;
  },
);

async function mutate(library: string, processes: number): Promise<number> {
  const stryker = join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const child = spawn(process.execPath, [stryker, 'run', join(folder, 'stryker.config.mjs')], {
    cwd: projectRoot,
    env: { ...process.env, MUTATED_LIBRARY: library, MUTATION_CONCURRENCY: String(processes) },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
