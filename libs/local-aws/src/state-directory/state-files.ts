import { join } from 'node:path';

/** The name of the directory through which other processes find a running local AWS. */
export const STATE_DIRECTORY = '.local-aws';

/** The files of a state directory, as absolute paths. */
export interface StateFiles {
  readonly directory: string;
  /** AWS config: the profiles and their region. */
  readonly config: string;
  /** AWS credentials: the profiles' keys. */
  readonly credentials: string;
  /** The CA's certificate, PEM. */
  readonly ca: string;
  /** For a shell to `source`. */
  readonly env: string;
  /** Which instance runs, for programs. Written last, removed first. */
  readonly endpoint: string;
  /** The token that authorizes changes of the fault plan. */
  readonly controlToken: string;
  /** One JSON record a line for each request. */
  readonly trace: string;
}

/** @param root the folder that holds the state directory, as an absolute path */
export function stateFiles(root: string): StateFiles {
  const directory = join(root, STATE_DIRECTORY);
  return {
    directory,
    config: join(directory, 'config'),
    credentials: join(directory, 'credentials'),
    ca: join(directory, 'ca.pem'),
    env: join(directory, 'env'),
    endpoint: join(directory, 'endpoint.json'),
    controlToken: join(directory, 'control-token'),
    trace: join(directory, 'trace.jsonl'),
  };
}
