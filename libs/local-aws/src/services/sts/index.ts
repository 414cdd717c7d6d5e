import * as v from 'valibot';
import { AwsError } from '../../core/errors.ts';
import type { Directory } from '../../identity/directory.ts';
import { ownerIdOf } from '../../identity/principals.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { type Caller, type Operation, operationsOf } from '../../protocols/operation.ts';
import { queryEndpoint } from '../../protocols/query.ts';
import { denialMessage } from '../../protocols/refusal.ts';
import { assumeRole } from './assume-role.ts';
import { credentialsDocument, refuseMfa } from './responses.ts';
import * as shapes from './shapes.ts';

/** What the service offers to the composition. */
export interface StsService {
  readonly endpoint: Endpoint;
}

const operation = operationsOf('sts');

const ROLE_ACTIONS: ReadonlySet<string> = new Set([
  'sts:AssumeRole',
  'sts:TagSession',
  'sts:SetSourceIdentity',
]);

/** What may be changed about it. */
export interface StsOptions {
  /**
   * The longest session that AssumeRole issues, in seconds, whatever is asked for; asked at each call. AWS has no
   * shorter duration than 900 s: this is for tests, which cannot wait that long for credentials to expire.
   */
  readonly maxSessionSeconds?: () => number | undefined;
}

/**
 * STS over a directory: roles are assumed, sessions issued, callers identified.
 * @example const { endpoint } = createStsService(directory)
 */
export function createStsService(directory: Directory, options: StsOptions = {}): StsService {
  return {
    endpoint: queryEndpoint({
      signingName: 'sts',
      version: '2011-06-15',
      namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
      operations: [
        assumeRole(directory, options.maxSessionSeconds),
        getCallerIdentity,
        getSessionToken(directory),
        getAccessKeyInfo(directory),
        decodeAuthorizationMessage,
      ],
      denialMessage: (decision) =>
        // No reason is given for roles, lest it tell whether the role exists.
        ROLE_ACTIONS.has(decision.action)
          ? `User: ${decision.principalArn} is not authorized to perform: ${decision.action} on resource: ${decision.resource}`
          : denialMessage(decision),
    }),
  };
}

/** "No permissions are required to perform this operation." */
const getCallerIdentity: Operation = operation('GetCallerIdentity', {
  input: v.object({}),
  requires: () => [],
  handle: (_input, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});

/** Needs no permission, but long-term credentials: a user's for up to 36 hours, a root user's for one. */
function getSessionToken(directory: Directory): Operation {
  return operation('GetSessionToken', {
    input: v.object({
      DurationSeconds: v.optional(shapes.durationSeconds(900, 129_600)),
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

function getAccessKeyInfo(directory: Directory): Operation {
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

/** No service here encodes its denials: there is no message that could be decoded. */
const decodeAuthorizationMessage: Operation = operation('DecodeAuthorizationMessage', {
  input: v.object({ EncodedMessage: v.pipe(v.string(), v.minLength(1), v.maxLength(10_240)) }),
  requires: (_input, caller) => {
    refuseTokenSession(caller);
    return '*';
  },
  handle: () => {
    throw new AwsError('InvalidAuthorizationMessageException', 'Message is not valid');
  },
});

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
