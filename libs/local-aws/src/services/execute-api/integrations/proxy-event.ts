import { header } from '../../../core/request.ts';
import type { Invocation } from '../invocation.ts';
import { queryParameters } from '../query-parameters.ts';
import type { RequestContext } from '../responses/request-context.ts';
import { isBinary } from './media-types.ts';
import { integrationHeaders } from './request-headers.ts';

/** The event of a Lambda proxy integration, format 1.0. */
export interface ProxyEvent {
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>> | null;
  readonly queryStringParameters: Readonly<Record<string, string>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>> | null;
  readonly pathParameters: Readonly<Record<string, string>> | null;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  readonly requestContext: RequestContext;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

/**
 * Makes the event
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format).
 * Of a repeated header or parameter the last value stands in the single-value maps.
 */
export function proxyEvent(invocation: Invocation, body: Buffer, context: RequestContext): ProxyEvent {
  const { request, address, stage, match } = invocation;
  const headers = integrationHeaders(invocation);
  const query = queryParameters(request.rawQuery);
  const isBase64Encoded =
    body.length > 0 && isBinary(header(request, 'content-type'), stage.api.binaryMediaTypes);
  return {
    resource: context.resourcePath,
    path: address.path,
    httpMethod: request.method,
    headers: Object.fromEntries([...headers].map(([name, values]) => [name, values.at(-1) ?? ''])),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: orNull(query.single),
    multiValueQueryStringParameters: orNull(query.multi),
    pathParameters: orNull(match?.pathParameters ?? {}),
    stageVariables: orNull(stage.variables),
    requestContext: context,
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

function orNull<T extends object>(map: T): T | null {
  return Object.keys(map).length === 0 ? null : map;
}
