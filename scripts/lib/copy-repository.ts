import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './project.ts';

/**
 * Copies the files that git has, with uncommitted changes.
 * @param root the absolute path of the folder for the copy
 */
export async function copyRepository(root: string): Promise<void> {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: projectRoot, maxBuffer: 2 ** 24 },
  );
  for (const file of stdout.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    // An uncommitted deletion is among the files.
    await cp(join(projectRoot, file), join(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/**
 * Does what `npm install` would do, without a registry: the packages of the copy are its folders, all others are from this repository.
 * @param root the absolute path of the copy
 */
export async function linkPackages(root: string): Promise<void> {
  const modules = join(projectRoot, 'node_modules');
  const linked = join(root, 'node_modules');
  await rm(linked, { recursive: true, force: true });
  await mkdir(join(linked, '@cross-account-api'), { recursive: true });
  for (const name of await readdir(modules)) {
    if (name === '@cross-account-api' || name === '.bin' || name === '.cache') continue;
    await symlink(join(modules, name), join(linked, name));
  }
  // Its links point to the copy's packages.
  await cp(join(modules, '.bin'), join(linked, '.bin'), { recursive: true, verbatimSymlinks: true });
  for (const entry of await readdir(join(root, 'libs'), { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory())
      await symlink(join('../../libs', name), join(linked, '@cross-account-api', name));
  }
  await symlink('../../services/contract', join(linked, '@cross-account-api/operations'));
}
