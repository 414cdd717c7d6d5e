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
