import { buildPackages } from './lib/build-package.ts';
import { runCommand } from './lib/command-line.ts';
import { createSteps } from './lib/steps.ts';

await runCommand(
  'build',
  'Builds the packages below libs/ for npm: JavaScript for import and require, declarations and source maps.',
  {},
  async () => {
    await buildPackages(createSteps());
    return 0;
  },
);
