import { type RunningInstance, readStateDirectory } from '../state-directory/index.ts';

/** A command needs a running local AWS, and there is none; the message says how to start one. */
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
