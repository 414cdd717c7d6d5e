import type { ApiEvent } from './event.ts';
import { HttpError } from './http-error.ts';

/** Who called, as API Gateway vouches for it. */
export interface Caller {
  /** The account of the credentials that signed. */
  readonly accountId: string;
  /** The principal's ARN, e.g. `arn:aws:sts::111111111111:assumed-role/invoke/caller`. */
  readonly arn: string;
  /** The name of the role whose session signed; `null` for anybody else, such as an IAM user. */
  readonly roleName: string | null;
  /** The name that was given to the session when the role was assumed. */
  readonly sessionName: string | null;
}

/**
 * Who called, by what API Gateway verified: the request context, never headers or body.
 * @throws {@link HttpError} 403 if there is no verified caller, so that a route which lost its authorizer serves nobody
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
 * Who a caller is, whatever its session is called: a role's session ARN without the name that the session chose, and the ARN
 * itself of anybody else. Two execution environments of a function are the same caller, two roles never are: an account has
 * one role of each name.
 *
 * A table whose keys begin with it keeps what belongs to one caller from all others.
 * @example callerScope('arn:aws:sts::111111111111:assumed-role/invoke/caller') // 'arn:aws:sts::111111111111:assumed-role/invoke'
 */
export function callerScope(arn: string): string {
  return SESSION.exec(arn)?.groups?.scope ?? arn;
}

/** A path in front of the role's name (`role/team/invoke`) is not part of a session's ARN. */
const SESSION = /^(?<scope>arn:[^:]+:sts::\d{12}:assumed-role\/(?<role>[^/]+))\/(?<session>[^/]+)$/;
