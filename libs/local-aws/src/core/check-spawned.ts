import type { ChildProcess } from 'node:child_process';
import { AwsError } from './errors.ts';

/**
 * Checks that a process could get its pipes. If this process has too many open files, Node makes none, and the process never starts.
 * Every other failure is an `error` event, which no longer ends this process if nobody listens.
 * @throws AwsError (`ServiceException`) with the remedy
 */
export function checkSpawned<Child extends ChildProcess>(child: Child): Child {
  child.on('error', () => {});
  if ((child.stdio as unknown) !== undefined) return child;
  throw new AwsError(
    'ServiceException',
    'local AWS cannot start a process: it has too many open files (EMFILE). End what needs them, or raise the limit of the shell that starts local AWS: ulimit -n 4096.',
    500,
  );
}
