import { createHash } from 'node:crypto';
import { type ApiClient, isJsonObject } from '@cross-account-api/contract';
import { isSignedFetchError, type SignedFetch } from '@cross-account-api/signed-fetch';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { operations } from '@cross-account-api/operations';

/** A request of a user, whom the authorizer of the route has identified. */
export type UserEvent = Pick<APIGatewayProxyEventV2, 'body' | 'headers'> & {
  readonly requestContext: {
    readonly requestId: string;
    readonly authorizer?: {
      readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
      readonly iam?: { readonly userArn: string };
    };
  };
};

/** The errors after which the same request can succeed. */
const BUSY = ['Throttled', 'RequestTimeout', 'DeadlineExceeded', 'ConnectionFailed'];

/** Sends the message of a user to the API in account A. */
export async function answerUser(
  event: UserEvent,
  client: ApiClient<SignedFetch, typeof operations>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestId, authorizer } = event.requestContext;
  // In stage local, IAM guards the route: local AWS has no user pools.
  const user = authorizer?.jwt?.claims.sub ?? authorizer?.iam?.userArn;
  if (user === undefined) return answer(401, { title: 'Log in.' });
  const message = parse(event.body);
  if (!isJsonObject(message)) return answer(400, { title: 'The body must be a JSON object.' });

  // API Gateway in account A knows this function only. So the message says who the user is. The key is made of the user, too: the same
  // key of another user is another key.
  const { 'idempotency-key': key = requestId } = event.headers;
  const idempotencyKey = createHash('sha256')
    .update(JSON.stringify([user, key]))
    .digest('hex');
  try {
    const { body } = await client.postMessage({ body: { user: String(user), message } }, { idempotencyKey });
    return answer(201, { id: body.id });
  } catch (error) {
    const isBusy = isSignedFetchError(error) && (BUSY.includes(error.code) || hasFailed(error));
    // Any other error is one of these two services: the user gets a 500, and the function's alarm counts it.
    if (!isBusy) throw error;
    return answer(503, { title: 'Send the same request again.' }, { 'Retry-After': '1' });
  }
}

function hasFailed(error: object): boolean {
  return 'status' in error && Number(error.status) >= 500;
}

function answer(statusCode: number, body: object, headers = {}): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function parse(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
