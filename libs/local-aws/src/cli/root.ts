import { resolve } from 'node:path';
import { ROOT_VARIABLE, type RunningInstance, readStateDirectory } from '../state-directory/index.ts';

/** The folder with the state directory. @param fallback finds it, if neither the option nor the variable names it */
export function rootOf(state: string | undefined, fallback: () => string): string {
  const named = state ?? process.env[ROOT_VARIABLE];
  return named === undefined ? fallback() : resolve(named);
}

/** A command needs a running local AWS, but none runs. The message says how to start one. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
  readonly code = 'NO_LOCAL_AWS';
}

/** The local AWS that runs with a state directory in `root`. @throws NotRunningError */
export async function runningIn(root: string): Promise<RunningInstance> {
  const reading = await readStateDirectory(root);
  if (!reading.running) throw new NotRunningError(`${reading.message} ${reading.remedy}`);
  return reading.instance;
}
