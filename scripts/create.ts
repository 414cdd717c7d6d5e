import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSteps } from '../libs/cli/src/steps.ts';
import { run } from '../libs/create/src/main.ts';
import { cachedPackages } from './lib/cached-packages.ts';
import { inScopeOf } from './lib/pack-package.ts';
import { packageNames, readManifest } from './lib/packages.ts';
import { projectRoot } from './lib/project.ts';
import { reasonAgainstCreate } from './lib/sample.ts';

/** The packages that a project uses. */
const used = packageNames.filter((name) => name !== 'create');

const args = process.argv.slice(2);
const makesProject = !['--update', '--help', '-h', '--version'].some((option) => args.includes(option));
const reason = makesProject ? reasonAgainstCreate(projectRoot) : undefined;
if (reason === undefined) await createOrUpdate();
else {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 2;
}

/** Runs libs/create with the packages of this clone. They are built once the options are known to be right, and only if they changed. */
async function createOrUpdate(): Promise<void> {
  await run(args, {
    root: projectRoot,
    packedAt: timeOfLastCommit(),
    inScope: (text) => inScopeOf(readManifest(), text),
    pack: async () =>
      (await cachedPackages(used, createSteps())).map(
        ({ folder: library, manifest: { name, version }, file }) => ({
          name,
          version,
          file,
          changelog: inScopeOf(
            readManifest(),
            readFileSync(join(projectRoot, 'libs', library, 'CHANGELOG.md'), 'utf8'),
          ),
        }),
      ),
  });
}

/** Now, in a copy without its history. */
function timeOfLastCommit(): string {
  const { stdout = '' } = spawnSync('git', ['log', '-1', '--format=%ct'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  const seconds = Number(stdout.trim());
  return new Date(seconds > 0 ? seconds * 1_000 : Date.now()).toISOString();
}
