import { isSameSecret } from '../authentication/signing.ts';
import { type AwsRequest, type AwsResponse, header } from '../core/request.ts';

type Headers = Readonly<Record<string, string>>;

/** Admits programs that have read the control token: no web page can read or send it. @returns the refusal, if there is one */
export function refuseStranger(request: AwsRequest, token: string): AwsResponse | undefined {
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
  return undefined;
}

/** Whether the request says that its body is JSON. */
export function isJson(request: AwsRequest): boolean {
  return /^application\/json\s*(;|$)/i.test(header(request, 'content-type') ?? '');
}

/** A refusal; the message says what to do. */
export function controlRefusal(status: number, message: string, headers?: Headers): AwsResponse {
  return controlAnswer(status, { message }, headers);
}

/** An answer, which nothing may keep. */
export function controlAnswer(status: number, document: unknown, headers?: Headers): AwsResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(document),
  };
}
