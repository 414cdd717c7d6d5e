import type { Principal } from '@cross-account-api/iam';
import { AwsError } from './core/errors.ts';
import type { AwsRequest, AwsResponse } from './core/request.ts';
import type { Scope } from './core/scope.ts';
import type { Endpoint, RouteQuestion } from './pipeline/endpoint.ts';

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/**
 * Options for a client of the AWS SDK whose requests go to an endpoint directly, authenticated as the account's root. Nothing
 * is authorized.
 * @param questions receives the permissions that the requests need
 */
export function directClient(
  endpoint: Endpoint,
  { accountId, region }: Scope,
  questions: RouteQuestion[] = [],
) {
  return {
    region,
    endpoint: 'http://127.0.0.1:4566',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: HttpRequest) {
        const response = await answer(endpoint, request, { accountId, region }, questions);
        return {
          response: {
            statusCode: response.status,
            headers: response.headers,
            body: new Blob([Buffer.from(response.body)]).stream(),
          },
        };
      },
    } as never,
  };
}

async function answer(
  endpoint: Endpoint,
  http: HttpRequest,
  scope: Scope,
  questions: RouteQuestion[],
): Promise<AwsResponse> {
  const request: AwsRequest = {
    requestId: 'request-1',
    method: http.method,
    host: '127.0.0.1',
    rawPath: http.path,
    rawQuery: '',
    headers: Object.entries(http.headers).map(([name, value]) => [name.toLowerCase(), value] as const),
    body:
      typeof http.body === 'string' ? Buffer.from(http.body) : Buffer.from(new Uint8Array(http.body ?? [])),
    sourceIp: '127.0.0.1',
    secureTransport: false,
    receivedAt: new Date(),
  };
  const { accountId } = scope;
  const arn = `arn:aws:iam::${accountId}:root`;
  const principal: Principal = {
    type: 'Root',
    accountId,
    principalArn: arn,
    arn,
    userId: accountId,
    tags: {},
  };
  try {
    const route = endpoint.route(request);
    questions.push(...(await route.questions({ principal, ...scope })));
    return await route.dispatch({
      request,
      principal,
      ...scope,
      accessKeyId: 'AKIAEXAMPLE',
      payload: request.body,
      decisions: [],
    });
  } catch (error) {
    if (error instanceof AwsError) return endpoint.fail(error, request);
    throw error;
  }
}
