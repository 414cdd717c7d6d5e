import * as v from 'valibot';
import { isoSeconds } from '../../../core/clock.ts';
import type { TemporaryCredential } from '../../../identity/directory.ts';
import { operationsOf } from '../../../protocols/operation.ts';
import { atLeast, atMost, pattern } from '../../../protocols/shapes.ts';

/** Declares an operation of STS. Parameters have STS's limits and words (API reference, and the service's Smithy model). */
export const operation = operationsOf('sts');

/** The ARN of a role or policy. */
export const arn = v.pipe(v.string(), atLeast(20), atMost(2048));

/** The name of a role session, which becomes part of its ARN. */
export const roleSessionName = v.pipe(
  v.string(),
  atLeast(2),
  atMost(64),
  pattern(/^[\w+=,.@-]*$/, '[\\w+=,.@-]*'),
);

/** The element `Credentials` of a response. */
export function credentialsDocument(credential: TemporaryCredential) {
  return {
    AccessKeyId: credential.accessKeyId,
    SecretAccessKey: credential.secretAccessKey,
    SessionToken: credential.sessionToken,
    Expiration: isoSeconds(credential.expiresAt),
  };
}
