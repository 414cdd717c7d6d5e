import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSteps } from '../libs/cli/src/steps.ts';
import { run } from '../libs/create/src/main.ts';
import { buildPackages } from './lib/build-package.ts';
import { inScopeOf, packPackages } from './lib/pack-package.ts';
import { readManifest } from './lib/packages.ts';
import { projectRoot } from './lib/project.ts';

/** Runs libs/create with the packages of this clone. They are packed once the options are known to be right. */
const folder = await mkdtemp(join(tmpdir(), 'create-'));
try {
  await run(process.argv.slice(2), {
    root: projectRoot,
    inScope: (text) => inScopeOf(readManifest(), text),
    async pack() {
      const steps = createSteps();
      await buildPackages(steps);
      const tarballs = await packPackages(join(folder, 'tarballs'), steps);
      return tarballs
        .filter((tarball) => tarball.folder !== 'create')
        .map(({ folder: library, manifest: { name, version }, file }) => ({
          name,
          version,
          file,
          changelog: inScopeOf(
            readManifest(),
            readFileSync(join(projectRoot, 'libs', library, 'CHANGELOG.md'), 'utf8'),
          ),
        }));
    },
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
