import { ReadError } from './read-error.ts';

/** A fact that could not be read. */
export interface Unread {
  readonly accountId: string;
  /** The missing permission such as `iam:GetRole on arn:…`, or the option that gives it. Absent if the read failed. */
  readonly permission?: string | undefined;
  /** What failed, e.g. `GetRole: ServiceFailure: …`. Absent if the permission is missing. */
  readonly failure?: string | undefined;
}

/** The result of a search: facts, or missing, or not readable. */
export type Found<Facts> =
  | { readonly facts: Facts; readonly unread?: undefined }
  | { readonly facts?: undefined; readonly unread?: Unread | undefined };

/**
 * Reads facts of an account.
 * @returns no facts if the resource does not exist; `unread` if it may not be read, or if AWS answered with an unexpected error
 * @throws {Error} if the profile has no credentials
 */
export async function find<Facts>(
  accountId: string,
  read: () => Promise<Facts | undefined>,
): Promise<Found<Facts>> {
  try {
    const facts = await read();
    return facts === undefined ? {} : { facts };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const { permission, failure } = error;
    if (permission === undefined && failure === undefined) throw error;
    return { unread: permission === undefined ? { accountId, failure } : { accountId, permission } };
  }
}
