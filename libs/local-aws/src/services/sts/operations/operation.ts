import { isoSeconds } from '../../../core/clock.ts';
import type { TemporaryCredential } from '../../../identity/directory.ts';
import { operationsOf } from '../../../protocols/operation.ts';

/** Declares an operation of STS. */
export const operation = operationsOf('sts');

/** The element `Credentials` of a response. */
export function credentialsDocument(credential: TemporaryCredential) {
  return {
    AccessKeyId: credential.accessKeyId,
    SecretAccessKey: credential.secretAccessKey,
    SessionToken: credential.sessionToken,
    Expiration: isoSeconds(credential.expiresAt),
  };
}
