import type { Invocation } from '../invocation.ts';

/** Headers by name, each with all its values in the order received. */
export type MultiValueHeaders = ReadonlyMap<string, readonly string[]>;

/** Never reach an integration: they belong to the connection, or to API Gateway. */
const dropped: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  // API Gateway's own; a caller's values are replaced below.
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

/** API Gateway writes these names so, however they were sent. */
const spelling: ReadonlyMap<string, string> = new Map([
  ['authorization', 'Authorization'],
  ['host', 'Host'],
  ['user-agent', 'User-Agent'],
]);

/**
 * The headers that a request has for its integration. `Authorization` does not get through where the method is IAM-authorized:
 * "The Authorization header is dropped if it contains a Signature Version 4 signature or if AWS_IAM authorization is used"
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html); `X-Amz-Date` and
 * `X-Amz-Security-Token` do.
 */
export function integrationHeaders({ request, match, traceId }: Invocation): MultiValueHeaders {
  const isSigned = match?.method.authorizationType === 'AWS_IAM';
  const headers = new Map<string, string[]>();
  const forwardedFor: string[] = [];
  for (const [name, value] of request.headers) {
    if (name === 'x-forwarded-for') forwardedFor.push(value);
    if (dropped.has(name)) continue;
    if (name === 'authorization' && (isSigned || value.startsWith('AWS4-'))) continue;
    const shown = spelling.get(name) ?? name;
    const values = headers.get(shown);
    if (values === undefined) headers.set(shown, [value]);
    else values.push(value);
  }
  headers.set('X-Amzn-Trace-Id', [traceId]);
  headers.set('X-Forwarded-For', [[...forwardedFor, clientIp(request.sourceIp)].join(', ')]);
  headers.set('X-Forwarded-Port', [request.secureTransport ? '443' : '80']);
  headers.set('X-Forwarded-Proto', [request.secureTransport ? 'https' : 'http']);
  return headers;
}

/** An IPv4 address as such, where the socket shows it as IPv6. */
export function clientIp(sourceIp: string): string {
  return sourceIp.replace(/^::ffff:(?=\d+\.)/i, '');
}
