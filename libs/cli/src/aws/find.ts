import { ExplainError } from './explain-error.ts';

/** A fact that could not be read. */
export interface Unread {
  readonly accountId: string;
  /** The missing permission such as `iam:GetRole on arn:…`, or the option that gives it. */
  readonly permission: string;
}

/** The result of a search: facts, or missing, or not readable. */
export type Found<Facts> =
  | { readonly facts: Facts; readonly unread?: undefined }
  | { readonly facts?: undefined; readonly unread?: Unread | undefined };

/**
 * Reads facts of an account.
 * @returns no facts if the resource does not exist; `unread` if it may not be read
 * @throws {Error} if AWS cannot be reached or the profile has no credentials
 */
export async function find<Facts>(
  accountId: string,
  read: () => Promise<Facts | undefined>,
): Promise<Found<Facts>> {
  try {
    const facts = await read();
    return facts === undefined ? {} : { facts };
  } catch (error) {
    if (!(error instanceof ExplainError) || error.permission === undefined) throw error;
    return { unread: { accountId, permission: error.permission } };
  }
}
