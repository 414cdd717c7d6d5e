/** Why a state directory cannot be used. */
export type StateDirectoryErrorCode =
  /** Another local AWS runs or starts with the same directory. */
  | 'AlreadyRunning'
  /** It is not a plain directory of this user. */
  | 'Untrusted'
  /** The directory, or a file in it, cannot be written. */
  | 'NotWritable';

/** A state directory cannot be used; the message names the path, the rule and the remedy. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError';
  readonly code: StateDirectoryErrorCode;
  /** The directory or file. */
  readonly path: string;

  constructor(code: StateDirectoryErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}
