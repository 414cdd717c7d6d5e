import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createSteps } from '../libs/cli/src/steps.ts';
import { readNumber, runCommand, UsageError } from './lib/command-line.ts';
import { projectRoot } from './lib/project.ts';
import { installTools } from './lib/tools.ts';

const libraries = ['assume-role', 'signed-fetch'];
const folder = join(projectRoot, 'scripts/test-mutation');

await runCommand(
  'test:mutation',
  'Changes the sources of assume-role and signed-fetch, one place at a time, and lists the changes that no test notices. Fails if a library scores less than 85. What has not changed since the last run is not tested again.',
  {
    only: { type: 'string', value: 'LIBRARY', description: 'assume-role or signed-fetch; both if not given' },
    concurrency: { type: 'string', value: 'N', description: 'Test processes at once (2)' },
  },
  async ({ only, concurrency }) => {
    if (only !== undefined && !libraries.includes(only)) {
      throw new UsageError(`--only ${only}: must be ${libraries.join(' or ')}.`);
    }
    const processes = readNumber('concurrency', concurrency, { default: 2, min: 1, max: 64 });
    await createSteps().run('Install the tools', () => installTools(folder));
    let exitCode = 0;
    for (const library of only === undefined ? libraries : [only]) {
      exitCode = Math.max(exitCode, await mutate(library, processes));
    }
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
