import { join, relative } from 'node:path';
import { createSteps } from '../libs/cli/src/steps.ts';
import { buildPackages } from './lib/build-package.ts';
import { runCommand, UsageError } from './lib/command-line.ts';
import { packPackages, type Tarball, withDependencies } from './lib/pack-package.ts';
import { readManifest } from './lib/packages.ts';
import { projectRoot } from './lib/project.ts';

await runCommand(
  'pack',
  'Builds the packages below libs/ and writes their tarballs to dist/. The scope and the repository come from package.json in the root.',
  {
    release: {
      type: 'boolean',
      description: 'For the registry: the texts in the tarballs name the packages there',
    },
  },
  async ({ release = false }) => {
    if (release && readManifest().repository === undefined) {
      throw new UsageError(
        '--release: package.json must have "repository", where readers of the registry find the sources. npm checks it for the provenance.',
      );
    }
    const steps = createSteps();
    await buildPackages(steps);
    const tarballs = await packPackages(join(projectRoot, 'dist'), steps, { released: release });
    process.stdout.write(`${tarballs.map(({ file }) => relative(projectRoot, file)).join('\n')}\n`);
    if (!release) process.stdout.write(howToInstall(tarballs));
    return 0;
  },
);

/** Says how a project takes the packages from their tarballs. */
function howToInstall(tarballs: readonly Tarball[]): string {
  const install = (...folders: readonly string[]) =>
    withDependencies(tarballs, folders)
      .map(({ file }) => file)
      .join(' ');
  return `
To install them elsewhere, give npm a package together with those of ours on which it depends. No registry has them. In the folder
of an existing service, the libraries:

  npm install ${install('assume-role', 'signed-fetch')} @middy/core

In any folder, the command that explains why a call is refused:

  npm install --save-dev ${install('cli')}
  node_modules/.bin/cross-account explain --help

package.json then names the files. If others install the project too, copy the files into it first, and install the copies.
`;
}
