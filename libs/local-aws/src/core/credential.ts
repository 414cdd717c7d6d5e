import type { Principal } from '@cross-account-api/iam';

/** Keys that sign requests, and their principal. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present for temporary credentials. */
  readonly sessionToken?: string;
  readonly expiresAt?: Date;
  readonly principal: Principal;
}

/** Looks up credentials by access key ID. */
export interface CredentialStore {
  findCredential(accessKeyId: string): Credential | undefined;
}

/** The credential with a later end, or with an earlier one if `ms` is negative. Long-term credentials do not end. */
export function expiringLater(credential: Credential | undefined, ms: number): Credential | undefined {
  if (credential?.expiresAt === undefined) return credential;
  return { ...credential, expiresAt: new Date(credential.expiresAt.getTime() + ms) };
}
