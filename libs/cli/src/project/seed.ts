import { spawn } from 'node:child_process';
import {
  applyEnvironment,
  pointToLocalAws,
  readStateDirectory,
} from '@cross-account-api/local-aws/state-directory';
import { projectRoot } from './project.ts';
import { readStage } from './stage-settings.ts';

/** The command of the setting `seed` of stage local. @throws SettingsError */
export function readSeed(): string | undefined {
  return readStage('local').seed;
}

/**
 * Runs the command that puts into local AWS what the services find there: parameters, exports of other stacks, buckets. It runs in the
 * project's root, in a shell in which every AWS tool reaches local AWS, with the profiles local-api and local-caller.
 * @param command the setting `seed`
 * @param localAwsRoot the folder of the state directory of the local AWS
 * @param signal ends the command
 * @throws Error with the command's output if it fails
 */
export async function seedLocalAws(
  command: string,
  localAwsRoot: string,
  signal?: AbortSignal,
): Promise<void> {
  const reading = await readStateDirectory(localAwsRoot);
  if (!reading.running) throw new Error(`${reading.message} ${reading.remedy}`);
  const { instance, files } = reading;
  const child = spawn(command, {
    shell: true,
    cwd: projectRoot(),
    env: {
      ...applyEnvironment(process.env, pointToLocalAws({ ...instance, files })),
      LOCAL_AWS_ROOT: localAwsRoot,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group, so that what the shell has started ends with it.
    detached: true,
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended.
    }
  };
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted === true) kill();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = await new Promise<string | number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killed) => resolve(code ?? killed));
  }).finally(() => signal?.removeEventListener('abort', kill));
  if (ended === 0 || signal?.aborted === true) return;
  throw new Error(
    `The setting seed of stage local, "${command}", ended with ${typeof ended === 'number' ? `exit code ${ended}` : ended}:\n${output.trim()}`,
  );
}
