import { createSteps } from '../libs/cli/src/steps.ts';
import { buildPackages } from './lib/build-package.ts';
import { runCommand } from './lib/command-line.ts';

await runCommand(
  'build',
  'Builds the packages below libs/ for npm: JavaScript for import and require, declarations and source maps.',
  {},
  async () => {
    await buildPackages(createSteps());
    return 0;
  },
);
