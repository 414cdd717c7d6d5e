import type { Caller } from '@cross-account-api/contract';
import type { ApiEvent } from './event.ts';
import { HttpError } from './http-error.ts';

/**
 * Reads the caller from the request context, which API Gateway verified. Never reads headers or the body.
 * @throws {@link HttpError} 403 if there is no verified caller: a route that lost its authorizer answers no request
 * @example callerOf(event) // { accountId: '111111111111', arn: 'arn:aws:sts::…:assumed-role/invoke/caller', roleName: 'invoke', sessionName: 'caller' }
 */
export function callerOf({ requestContext: { identity } }: Pick<ApiEvent, 'requestContext'>): Caller {
  const { accountId, userArn: arn } = identity;
  if (accountId === null || arn === null) {
    throw new HttpError(403, 'This API serves IAM-signed requests only.');
  }
  const session = SESSION.exec(arn)?.groups;
  return { accountId, arn, roleName: session?.role ?? null, sessionName: session?.session ?? null };
}

/**
 * Identifies a caller across its sessions: the ARN of a role's session without the session name, or the whole ARN of any
 * other principal. Two execution environments of a function are the same caller. Two roles are never the same: an account has
 * one role of each name.
 *
 * Begin a table's keys with it to separate the data of each caller.
 * @example callerScope('arn:aws:sts::111111111111:assumed-role/invoke/caller') // 'arn:aws:sts::111111111111:assumed-role/invoke'
 */
export function callerScope(arn: string): string {
  return SESSION.exec(arn)?.groups?.scope ?? arn;
}

/** A path in front of the role's name (`role/team/invoke`) is not part of a session's ARN. */
const SESSION = /^(?<scope>arn:[^:]+:sts::\d{12}:assumed-role\/(?<role>[^/]+))\/(?<session>[^/]+)$/;
