import { isoSeconds } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Credential } from '../../../core/principal.ts';

/** The element `Credentials` of a response. */
export function credentialsDocument(
  credential: Credential & { readonly sessionToken: string; readonly expiresAt: Date },
) {
  return {
    AccessKeyId: credential.accessKeyId,
    SecretAccessKey: credential.secretAccessKey,
    SessionToken: credential.sessionToken,
    Expiration: isoSeconds(credential.expiresAt),
  };
}

/**
 * Refuses a request that brings an MFA code: there are no MFA devices here.
 * @throws AwsError `AccessDenied`
 */
export function refuseMfa(request: {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}): void {
  if (request.SerialNumber === undefined && request.TokenCode === undefined) return;
  throw new AwsError(
    'AccessDenied',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    403,
  );
}
