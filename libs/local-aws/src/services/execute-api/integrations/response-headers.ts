/** Sent to the caller as `x-amzn-Remapped-<name>`: the connection or API Gateway itself speaks with these names. */
const remapped: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'upgrade',
  'user-agent',
  'www-authenticate',
  'x-amz-apigw-id',
  'x-amzn-errortype',
  'x-amzn-requestid',
  'x-amzn-trace-id',
]);
const dropped: ReadonlySet<string> = new Set(['transfer-encoding']);

/**
 * The name under which a header of a function's answer reaches the caller
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).
 * @returns `undefined` if it does not reach the caller
 * @example remapHeader('WWW-Authenticate') // 'x-amzn-Remapped-WWW-Authenticate'
 */
export function remapHeader(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (dropped.has(lower)) return undefined;
  return remapped.has(lower) ? `x-amzn-Remapped-${name}` : name;
}
