import { clientIp } from '../../../core/request.ts';
import { words } from '../../../core/words.ts';
import type { GatewayRequest } from '../invocation.ts';

/** Headers that never reach an integration: they belong to the connection, or API Gateway sets them. */
const dropped: ReadonlySet<string> = new Set(
  words(`connection content-length content-md5 expect keep-alive max-forwards proxy-authenticate proxy-authorization proxy-connection
    server te trailer transfer-encoding upgrade www-authenticate
    x-amzn-trace-id x-forwarded-for x-forwarded-port x-forwarded-proto`),
);

/** Names that API Gateway always spells in the same way. */
const spelling: ReadonlyMap<string, string> = new Map([
  ['authorization', 'Authorization'],
  ['host', 'Host'],
  ['user-agent', 'User-Agent'],
]);

/**
 * The headers for the integration, without `Authorization` if it is a signature. @param isSigned whether the route has IAM authorization
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).
 */
export function integrationHeaders(
  { request, traceId }: Pick<GatewayRequest, 'request' | 'traceId'>,
  isSigned: boolean,
): [name: string, value: string][] {
  const forwardedFor = request.headers.filter(([name]) => name === 'x-forwarded-for');
  const [port, protocol] = request.secureTransport ? ['443', 'https'] : ['80', 'http'];
  return [
    ...request.headers
      .filter(([name]) => !dropped.has(name))
      .filter(([name, value]) => name !== 'authorization' || !(isSigned || value.startsWith('AWS4-')))
      .map(([name, value]): [string, string] => [spelling.get(name) ?? name, value]),
    ['X-Amzn-Trace-Id', traceId],
    ['X-Forwarded-For', [...forwardedFor.map(([, value]) => value), clientIp(request)].join(', ')],
    ['X-Forwarded-Port', port],
    ['X-Forwarded-Proto', protocol],
  ];
}

/** Headers that are sent as `x-amzn-Remapped-<name>`: the connection or API Gateway uses their names. */
const remapped: ReadonlySet<string> = new Set(
  words(`authorization connection content-length content-md5 date expect host keep-alive max-forwards proxy-authenticate server te
    trailer upgrade user-agent www-authenticate x-amz-apigw-id x-amzn-errortype x-amzn-requestid x-amz-trace-id`),
);

/** The name of a function's header in the response; `undefined` drops it (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html). */
export function remapHeader(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (lower === 'transfer-encoding') return undefined;
  return remapped.has(lower) ? `x-amzn-Remapped-${name}` : name;
}

/**
 * Whether a `Content-Type`, or the first entry of `Accept`, is one of an API's binary types. As measured on AWS, `*` only works as a
 * subtype of a given type, and in the type that matches everything
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html).
 */
export function isBinary(mediaType: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const given = essence(mediaType ?? 'application/json');
  return binaryMediaTypes.some((text) => {
    const binary = text.toLowerCase().replaceAll('~1', '/');
    if (binary === '*/*' || binary === given) return true;
    return /^[^*]+\/\*$/.test(binary) && given.startsWith(binary.slice(0, -1));
  });
}

/** A media type without its parameters, in lower case. */
export function essence(mediaType: string): string {
  return (mediaType.split(/[;,]/, 1)[0] ?? '').trim().toLowerCase();
}
