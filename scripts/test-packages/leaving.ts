import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, run } from '../lib/tools.ts';
import { packageService, settings } from './deployment.ts';
import { expect, shell } from './shell.ts';

/**
 * Deletes from a copy of this repository the parts that a fork can delete, with the commands of README.md. Then checks
 * the types, packages both services, writes the OpenAPI document, and runs the remaining tests.
 * @param fork the folder for the copy, which must not exist
 * @throws CommandFailed
 */
export async function keepOnlyWhatIsDeployed(fork: string): Promise<void> {
  await copyRepository(fork);
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
  const [, commands] =
    /\n## Keep only what you deploy\n.*?```sh\n(.*?)\nnpm install\n```/s.exec(readme) ?? [];
  if (commands === undefined) throw new CommandFailed('README.md has no commands that end with npm install.');
  const { code, output } = await shell(`set -e\n${commands}`, fork, process.execPath).ended;
  if (code !== 0) throw new CommandFailed(output);
  await linkPackages(fork);

  await run(process.execPath, [join(fork, 'node_modules/typescript/bin/tsc'), '--noEmit'], fork);
  const openApi = join(fork, 'services/contract/openapi.json');
  const before = await readFile(openApi, 'utf8');
  await run('npm', ['run', 'openapi'], fork);
  if ((await readFile(openApi, 'utf8')) !== before)
    throw new CommandFailed('npm run openapi writes another document.');
  await writeFile(join(fork, 'services/stages.yml'), settings);
  for (const service of ['api', 'caller']) {
    await packageService(join(fork, 'services', service), process.execPath);
  }
  // This takes minutes on a busy machine.
  expect(
    await shell('node node_modules/jest/bin/jest.js --maxWorkers=1', fork, process.execPath).ended,
    0,
    'Tests:',
  );
}

/** Copies the files that git has, with uncommitted changes. */
export async function copyRepository(fork: string): Promise<void> {
  const files = await run(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    projectRoot,
  );
  for (const file of files.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(fork, file)), { recursive: true });
    // An uncommitted deletion is among the files.
    await cp(join(projectRoot, file), join(fork, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** As `npm install` would: the copy's own packages from its folders, all others from this repository. */
export async function linkPackages(fork: string): Promise<void> {
  const modules = join(projectRoot, 'node_modules');
  const linked = join(fork, 'node_modules');
  await mkdir(join(linked, '@cross-account-api'), { recursive: true });
  for (const name of await readdir(modules)) {
    if (name === '@cross-account-api' || name === '.bin') continue;
    await symlink(join(modules, name), join(linked, name));
  }
  // Its links point to the copy's packages.
  await cp(join(modules, '.bin'), join(linked, '.bin'), { recursive: true, verbatimSymlinks: true });
  for (const entry of await readdir(join(fork, 'libs'), { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory())
      await symlink(join('../../libs', name), join(linked, '@cross-account-api', name));
  }
  await symlink('../../services/contract', join(linked, '@cross-account-api/operations'));
}
