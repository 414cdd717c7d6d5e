import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isNativeError } from 'node:util/types';

/** A command that has failed, with its output. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/**
 * Runs a command to its end.
 * @returns its output
 * @throws CommandFailed with its output
 */
export async function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { NODE_OPTIONS: _, NODE_PATH: __, ...env } = process.env;
    const { stdout } = await promisify(execFile)(file, args, {
      cwd,
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: undefined },
      maxBuffer: 2 ** 26,
      timeout: 300_000,
    });
    return stdout;
  } catch (error) {
    // Not `instanceof`: in a test of Jest, `Error` is another one.
    if (!(isNativeError(error) && 'stdout' in error && 'stderr' in error)) throw error;
    throw new CommandFailed(`${error.stdout}${error.stderr}`.trim() || error.message);
  }
}

/**
 * Installs the tools of a command with its own package.json and lock file, unless they are installed already.
 * @param folder the absolute path of the folder with both files
 */
export async function installTools(folder: string): Promise<void> {
  const modified = (file: string) =>
    stat(join(folder, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  if ((await modified('node_modules/.package-lock.json')) > (await modified('package-lock.json'))) return;
  await run('npm', ['ci', '--ignore-scripts'], folder);
}
