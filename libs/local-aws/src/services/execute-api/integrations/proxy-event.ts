import { header } from '../../../core/request.ts';
import { type Invocation, queryParameters } from '../invocation.ts';
import { requestContext } from '../responses/request-context.ts';
import { integrationHeaders } from './headers.ts';
import { isBinary } from './media-types.ts';

/** The event of a Lambda proxy integration, format 1.0. */
export type ProxyEvent = ReturnType<typeof proxyEvent>;

/**
 * Makes the event
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format).
 * Of a repeated header or parameter, the single-value maps have the last value.
 */
export function proxyEvent(invocation: Invocation, body: Buffer) {
  const { request, address, stage, match } = invocation;
  const context = requestContext(invocation);
  const headers = integrationHeaders(invocation);
  const isBase64Encoded =
    body.length > 0 && isBinary(header(request, 'content-type'), stage.api.binaryMediaTypes);
  return {
    resource: context.resourcePath,
    // A custom domain's base path is part of it, the stage is not:
    // https://github.com/aws-powertools/powertools-lambda-python/pull/579
    path: address.isCustom ? address.fullPath : address.path,
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: orNull(queryParameters(request)),
    multiValueQueryStringParameters: orNull(allValues(new URLSearchParams(request.rawQuery))),
    pathParameters: orNull(match?.pathParameters ?? {}),
    stageVariables: orNull(stage.variables),
    requestContext: context,
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

function allValues(pairs: Iterable<readonly [name: string, value: string]>): Record<string, string[]> {
  const groups = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.map(([, value]) => value)]));
}

function orNull<T extends object>(map: T): T | null {
  return Object.keys(map).length === 0 ? null : map;
}
