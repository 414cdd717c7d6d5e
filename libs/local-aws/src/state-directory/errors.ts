/** What is the matter with a state directory. */
export type StateDirectoryErrorCode =
  /** Another local AWS runs, or is about to, with the same directory. */
  | 'AlreadyRunning'
  /** The directory is not this user's own plain directory. */
  | 'Untrusted'
  /** The directory, or a file in it, cannot be written. */
  | 'NotWritable';

/** A state directory cannot be used; the message names the path, the rule and the remedy. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError';
  readonly code: StateDirectoryErrorCode;
  /** The directory or file that is meant. */
  readonly path: string;

  constructor(code: StateDirectoryErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}
