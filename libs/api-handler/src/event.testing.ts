import type { ApiEvent, LambdaContext } from './event.ts';

/** The session of a role, which signed {@link apiEvent}. */
export const session = 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller';

/** The event of a signed request. */
export function apiEvent(
  given: Partial<Omit<ApiEvent, 'requestContext'>> & {
    readonly resourcePath?: string;
    readonly userArn?: string | null;
    readonly accountId?: string | null;
  } = {},
): ApiEvent {
  const { resourcePath = '/messages', userArn = session, accountId = '111111111111', ...members } = given;
  return {
    httpMethod: 'POST',
    path: '/messages',
    headers: { 'Content-Type': 'application/json' },
    pathParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    ...members,
    requestContext: { requestId: 'request-1', resourcePath, identity: { userArn, accountId } },
  };
}

/** The context of an invocation with this much time left: 5 seconds by default. */
export function lambdaContext(milliseconds = 5_000): LambdaContext {
  const end = Date.now() + milliseconds;
  return { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
}
