import { isSameSecret } from '../authentication/signing.ts';
import { type AwsRequest, type AwsResponse, header } from '../core/request.ts';

/** The path that says which local AWS runs here, for requests without a token. */
export const HEALTH_PATH = '/_local-aws/health';

type Headers = Readonly<Record<string, string>>;

/**
 * Makes the handler of a path for programs that have read the control token. A web page cannot read the token. It cannot send it
 * either, because no response allows another origin.
 * @param methods the handler of each HTTP method. The body of PUT and POST must be JSON
 * @returns a function that returns `undefined` for any other path. @throws Error if the token has fewer than 16 characters
 */
export function controlHandler<Answer>(
  path: string,
  token: string,
  methods: Readonly<Record<string, (request: AwsRequest) => Answer>>,
): (request: AwsRequest) => Answer | AwsResponse | undefined {
  if (token.length < 16) throw new Error('The control token must have at least 16 characters.');
  const handlers = new Map(Object.entries(methods));
  return (request) => {
    if (request.rawPath !== path) return undefined;
    if (!isSameSecret(header(request, 'authorization') ?? '', `Bearer ${token}`)) {
      return controlRefusal(
        401,
        'Send the header `Authorization: Bearer <token>`, with the token from .local-aws/control-token.',
        { 'WWW-Authenticate': 'Bearer' },
      );
    }
    if (header(request, 'origin') !== undefined) {
      return controlRefusal(403, 'Web pages may not use this: a request with an Origin header is refused.');
    }
    const handle = handlers.get(request.method);
    if (handle === undefined) {
      const allowed = [...handlers.keys()].join(', ');
      return controlRefusal(405, `${path} takes ${allowed}.`, { Allow: allowed });
    }
    const isJson = /^application\/json\s*(;|$)/i.test(header(request, 'content-type') ?? '');
    if (['PUT', 'POST'].includes(request.method) && !isJson) {
      return controlRefusal(415, 'Send the body as Content-Type: application/json.');
    }
    return handle(request);
  };
}

/** An error response. The message says what to do. */
export function controlRefusal(status: number, message: string, headers?: Headers): AwsResponse {
  return controlAnswer(status, { message }, headers);
}

/** A JSON response that must not be cached. */
export function controlAnswer(status: number, document: unknown, headers?: Headers): AwsResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(document),
  };
}
