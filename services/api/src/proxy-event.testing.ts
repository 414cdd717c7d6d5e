import type { ApiEvent } from '@cross-account-api/api-handler';

/** The session of a caller. */
export const SESSION = 'arn:aws:sts::111111111111:assumed-role/cross-account-api-dev-invoke/caller';

/** The event of API Gateway for `POST /messages`, with changes. @param given `userArn`: the caller */
export function proxyEvent(given: Partial<ApiEvent> & { readonly userArn?: string }): ApiEvent {
  const { userArn = SESSION, ...members } = given;
  return {
    httpMethod: 'POST',
    path: '/messages',
    headers: { 'Content-Type': 'application/json' },
    pathParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      resourcePath: '/messages',
      identity: { userArn, accountId: '111111111111' },
    },
    ...members,
  };
}

/** The context of an invocation. */
export const context = { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 1000 };
