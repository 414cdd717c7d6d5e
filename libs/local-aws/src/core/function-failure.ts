/** The reason why a function failed, or answered with an error. */
export interface FunctionFailure {
  readonly functionArn: string;
  /** e.g. `ReferenceError`, or Lambda's own `Sandbox.Timedout`. */
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack, without the message; empty if nothing was thrown. Positions are in the deployed code. */
  readonly stack: readonly string[];
}

/**
 * Finds the line of the sources at which a function failed, e.g. `at load (services/api/src/messages.ts:3:7)`. Does not throw.
 * @returns `undefined` if it cannot be told
 */
export type LocateFailure = (failure: FunctionFailure) => Promise<string | undefined>;

/** The name of the function that failed. */
function failedFunction({ functionArn }: Pick<FunctionFailure, 'functionArn'>): string {
  return functionArn.split(':')[6] ?? functionArn;
}

/** @example 'cross-account-api-local-messages: ReferenceError: __dirname is not defined in ES module scope' */
export function describeFailure(failure: FunctionFailure): string {
  return `${failedFunction(failure)}: ${failure.errorType}: ${failure.errorMessage}`;
}
