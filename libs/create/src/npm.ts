import { spawn } from 'node:child_process';
import { runStep } from './steps.ts';

/** npm could not do its part. The message has the reason that npm gave. */
export class NpmFailed extends Error {
  override readonly name = 'NpmFailed';
}

/**
 * Writes package-lock.json for the versions that package.json names, and installs nothing.
 * @throws NpmFailed
 */
export function writeLockFile(project: string): Promise<void> {
  return runStep('Write package-lock.json: npm asks the registry for third-party packages', () =>
    npm(project, ['install', '--package-lock-only', '--ignore-scripts']),
  );
}

/**
 * Installs what package-lock.json names.
 * @throws NpmFailed
 */
export function installPackages(project: string): Promise<void> {
  return runStep('Install the packages: npm ci', () => npm(project, ['ci']));
}

function npm(project: string, args: readonly string[]): Promise<void> {
  // Under `npm run --silent`, npm would not print its errors.
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', [...args, ...options], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new NpmFailed(`npm ${args[0]} failed in ${project}:\n${reason}`));
    child.on('error', ({ message }) => fail(message));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else fail(npmErrors(output.stderr) || output.stdout.trim());
    });
  });
}

/** The errors of npm's output, without its warnings and the place of its log. */
function npmErrors(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^npm (?:error|ERR!)/.test(line) && !line.includes('A complete log of this run'))
    .join('\n');
}
