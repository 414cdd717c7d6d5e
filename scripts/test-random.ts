import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, readFile } from 'node:fs/promises';
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
    const jest = spawn(
      process.execPath,
      [join(projectRoot, 'node_modules/jest/bin/jest.js'), '--runTestsByPath', ...(await propertyTests())],
      { cwd: projectRoot, env: { ...process.env, PROPERTY_SEED: String(seed) }, stdio: 'inherit' },
    );
    const [code] = await once(jest, 'exit');
    say();
    return typeof code === 'number' ? code : 1;
  },
);

/** The test files that use fast-check. */
async function propertyTests(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['libs', 'services', 'scripts']) {
    const options = { cwd: projectRoot, exclude: (name: string) => name === 'node_modules' };
    for await (const file of glob(`${folder}/**/*.test.ts`, options)) {
      const text = await readFile(join(projectRoot, file), 'utf8');
      if (text.includes("from 'fast-check'")) found.push(file);
    }
  }
  return found;
}
