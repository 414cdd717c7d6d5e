import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { accessDenied } from '../../../identity/errors.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { wholeNumberText } from '../../../protocols/shapes.ts';
import { credentialsDocument, operation } from './operation.ts';

/**
 * `GetSessionToken`, without MFA: temporary credentials of the user that signs, with all of its permissions. They can call neither IAM
 * nor this operation.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export function getSessionToken(directory: Directory): ServiceOperation {
  return operation('GetSessionToken', {
    input: v.object({ DurationSeconds: v.optional(wholeNumberText(900, 129_600), '43200') }),
    // "No permissions are required for users to perform this operation."
    requires: () => [],
    handle({ DurationSeconds }, { principal }) {
      if (principal.type !== 'User' || principal.issuedAt !== undefined) {
        // https://github.com/aws/aws-sdk-php/issues/1876
        throw accessDenied('Cannot call GetSessionToken with session credentials');
      }
      const user = directory.users.get(principal.accountId, principal.userName);
      return {
        Credentials: credentialsDocument(
          directory.beginSession({ role: user, sessionName: '', durationSeconds: DurationSeconds }),
        ),
      };
    },
  });
}
