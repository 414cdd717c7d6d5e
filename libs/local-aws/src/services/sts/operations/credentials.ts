import { isoSeconds } from '../../../core/clock.ts';
import type { TemporaryCredential } from '../../../identity/directory.ts';

/** The element `Credentials` of a response. */
export function credentialsDocument(credential: TemporaryCredential) {
  return {
    AccessKeyId: credential.accessKeyId,
    SecretAccessKey: credential.secretAccessKey,
    SessionToken: credential.sessionToken,
    Expiration: isoSeconds(credential.expiresAt),
  };
}
