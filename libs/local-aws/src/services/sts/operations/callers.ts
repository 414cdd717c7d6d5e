import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Directory } from '../../../identity/directory.ts';
import { ownerIdOf } from '../../../identity/principals.ts';
import type { Caller, Operation } from '../../../protocols/operation.ts';
import { wholeNumberText } from '../../../protocols/shapes.ts';
import { credentialsDocument, refuseMfa } from './credentials.ts';
import * as shapes from './input.ts';
import { operation } from './operation.ts';

/** `GetCallerIdentity`: "No permissions are required to perform this operation." */
export const getCallerIdentity: Operation = operation('GetCallerIdentity', {
  input: v.object({}),
  requires: () => [],
  handle: (_input, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});

/** `GetSessionToken`: needs no permission, but long-term credentials: a user's for up to 36 hours, a root user's for one. */
export function getSessionToken(directory: Directory): Operation {
  return operation('GetSessionToken', {
    input: v.object({
      DurationSeconds: v.optional(wholeNumberText(900, 129_600)),
      SerialNumber: v.optional(shapes.serialNumber),
      TokenCode: v.optional(shapes.tokenCode),
    }),
    requires: () => [],
    handle: (request, { principal }) => {
      if (principal.type === 'AssumedRole' || principal.session !== undefined) {
        throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
      }
      refuseMfa(request);
      const [usual, longest] = principal.type === 'Root' ? [3_600, 3_600] : [43_200, 129_600];
      const credential = directory.beginSession({
        accountId: principal.accountId,
        ownerId: ownerIdOf(principal),
        durationSeconds: Math.min(request.DurationSeconds ?? usual, longest),
      });
      return { Credentials: credentialsDocument(credential) };
    },
  });
}

/** `GetAccessKeyInfo`: the account that a key belongs to. */
export function getAccessKeyInfo(directory: Directory): Operation {
  return operation('GetAccessKeyInfo', {
    input: v.object({ AccessKeyId: shapes.accessKeyId }),
    requires: (_input, caller) => {
      refuseTokenSession(caller);
      return '*';
    },
    handle: ({ AccessKeyId }) => {
      const credential = directory.findCredential(AccessKeyId);
      if (credential === undefined) {
        throw new AwsError('ValidationError', 'The specified value for accessKeyId is invalid.');
      }
      return { Account: credential.principal.accountId };
    },
  });
}

/**
 * Credentials from GetSessionToken may call AssumeRole and GetCallerIdentity, and nothing else of STS
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html).
 */
function refuseTokenSession({ principal }: Caller): void {
  if (principal.type !== 'AssumedRole' && principal.session !== undefined) {
    throw new AwsError(
      'AccessDenied',
      'Cannot call this operation with credentials from GetSessionToken: of STS, they may call AssumeRole and GetCallerIdentity.',
      403,
    );
  }
}
