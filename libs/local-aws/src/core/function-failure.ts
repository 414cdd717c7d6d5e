import { splitFunctionArn } from '@cross-account-api/iam';

/** The reason why a function failed, or answered with an error. */
export interface FunctionFailure {
  readonly functionArn: string;
  /** e.g. `ReferenceError`, or Lambda's own `Sandbox.Timedout`. */
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack, without the message; empty if nothing was thrown. Positions are in the deployed code. */
  readonly stack: readonly string[];
  /** The deployed files that the stack names: the SHA-256 of each in hexadecimal, by its path in the deployment package. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Where a function failed. */
export type FailureLocation =
  /** A line of the sources, e.g. `at load (services/api/src/messages.ts:3:7)`. */
  | { readonly line: string }
  /** The sources are not the ones that ran, so any line would be a wrong one. */
  | { readonly sourcesDiffer: true };

/** The words for a {@link FailureLocation} without a line. */
export const SOURCES_DIFFER = 'The sources differ from what ran, so the line is not known.';

/** The line, or why it is not known. */
export function describeLocation(location: FailureLocation): string {
  return 'line' in location ? location.line : SOURCES_DIFFER;
}

/**
 * Finds the line of the sources at which a function failed. Does not throw.
 * @returns `undefined` if the stack has no line of a source
 */
export type LocateFailure = (failure: FunctionFailure) => Promise<FailureLocation | undefined>;

/** The name of the function that failed. */
function failedFunction({ functionArn }: Pick<FunctionFailure, 'functionArn'>): string {
  return splitFunctionArn(functionArn).name || functionArn;
}

/** @example 'cross-account-api-local-messages: ReferenceError: __dirname is not defined in ES module scope' */
export function describeFailure(failure: FunctionFailure): string {
  return `${failedFunction(failure)}: ${failure.errorType}: ${failure.errorMessage}`;
}
