import type { Caller } from '@cross-account-api/contract';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { HttpError } from './http-error.ts';

/**
 * Who called, by what API Gateway verified: the request context, never headers or body.
 * @throws {@link HttpError} 403 if there is no verified caller, so that a route which lost its authorizer serves nobody
 * @example callerOf(event) // { accountId: '111111111111', arn: 'arn:aws:sts::…:assumed-role/invoke/caller', roleName: 'invoke', sessionName: 'caller' }
 */
export function callerOf({ requestContext: { identity } }: APIGatewayProxyEvent): Caller {
  const { accountId, userArn: arn } = identity;
  if (accountId === null || arn === null) {
    throw new HttpError(403, 'This API serves IAM-signed requests only.');
  }
  // A path in front of the role's name (`role/team/invoke`) is not part of a session's ARN.
  const session = /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\/([^/]+)$/.exec(arn);
  return { accountId, arn, roleName: session?.[1] ?? null, sessionName: session?.[2] ?? null };
}
