import { spawnSync } from 'node:child_process';

/** npm could not do its part. The message has the reason that npm gave. */
export class NpmFailed extends Error {
  override readonly name = 'NpmFailed';
}

/**
 * Writes package-lock.json for the versions that package.json names, and installs nothing.
 * @throws NpmFailed
 */
export function writeLockFile(project: string): void {
  npm(project, ['install', '--package-lock-only', '--ignore-scripts']);
}

/**
 * Installs what package-lock.json names.
 * @throws NpmFailed
 */
export function installPackages(project: string): void {
  npm(project, ['ci']);
}

function npm(project: string, args: readonly string[]): void {
  // Under `npm run --silent`, npm would not print its errors.
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stdout, stderr, error } = spawnSync('npm', [...args, ...options], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return;
  const reason = error?.message ?? (npmErrors(stderr) || stdout.trim());
  throw new NpmFailed(`npm ${args[0]} failed in ${project}:\n${reason}`);
}

/** The errors of npm's output, without its warnings and the place of its log. */
function npmErrors(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^npm (?:error|ERR!)/.test(line) && !line.includes('A complete log of this run'))
    .join('\n');
}
