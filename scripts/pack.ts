import { join } from 'node:path';
import { createSteps } from '../libs/cli/src/steps.ts';
import { buildPackages } from './lib/build-package.ts';
import { runCommand } from './lib/command-line.ts';
import { packPackages } from './lib/pack-package.ts';
import { projectRoot } from './lib/project.ts';

await runCommand(
  'pack',
  'Builds the packages below libs/ and writes the tarballs that are published to dist/. The scope and the repository come from package.json in the root.',
  {},
  async () => {
    const steps = createSteps();
    await buildPackages(steps);
    const tarballs = await packPackages(join(projectRoot, 'dist'), steps);
    process.stdout.write(`${tarballs.map(({ file }) => file).join('\n')}\n`);
    return 0;
  },
);
