import { join } from 'node:path';

/** The environment variable that names the folder of the state directory. */
export const ROOT_VARIABLE = 'LOCAL_AWS_ROOT';

/** The environment variable with the ID of the local AWS for which a deployment was started. Another one refuses it. */
export const INSTANCE_VARIABLE = 'LOCAL_AWS_INSTANCE';

const STATE_DIRECTORY = '.local-aws';

const names = {
  config: 'config',
  credentials: 'credentials',
  /** The CA's certificate, PEM. */
  ca: 'ca.pem',
  /** For a shell to `source`. */
  env: 'env',
  /** The running instance, for programs. Written last, removed first. */
  endpoint: 'endpoint.json',
  controlToken: 'control-token',
  /** Opens the console, with its token. Only for the start of a browser. */
  browser: 'console.html',
  /** One JSON record a line for each request. */
  trace: 'trace.jsonl',
};

/** A state directory and its files, as absolute paths. */
export type StateFiles = Readonly<Record<'directory' | keyof typeof names, string>>;

/** The state directory of a folder, and its files. @param root the folder, as an absolute path */
export function stateFiles(root: string): StateFiles {
  const directory = join(root, STATE_DIRECTORY);
  const paths = Object.entries(names).map(([file, name]) => [file, join(directory, name)]);
  return { directory, ...(Object.fromEntries(paths) as Record<keyof typeof names, string>) };
}
