import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readNumber, runCommand } from './lib/command-line.ts';
import { projectRoot } from './lib/project.ts';

await runCommand(
  'test:random',
  'Runs the property tests with a random seed, and prints it. npm test always takes the same one.',
  {
    seed: { type: 'string', value: 'N', description: 'Takes this seed: repeats an earlier run' },
  },
  async ({ seed: given }) => {
    const seed = readNumber('seed', given, {
      default: Math.floor(Math.random() * 2 ** 31),
      min: 0,
      max: 2 ** 31,
    });
    const say = () => process.stdout.write(`Seed ${seed}: npm run test:random -- --seed ${seed}\n`);
    say();
    const jest = join(projectRoot, 'node_modules/jest/bin/jest.js');
    const run = spawn(
      process.execPath,
      // The tests that import fast-check, for which jest.config.js names this file.
      [jest, '--findRelatedTests', join(import.meta.dirname, 'lib/fast-check.testing.cjs')],
      { cwd: projectRoot, env: { ...process.env, PROPERTY_SEED: String(seed) }, stdio: 'inherit' },
    );
    const [code] = await once(run, 'exit');
    say();
    return typeof code === 'number' ? code : 1;
  },
);
