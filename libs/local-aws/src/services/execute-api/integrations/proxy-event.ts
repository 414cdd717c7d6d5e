import { header } from '../../../core/request.ts';
import { type GatewayRequest, queryParameters, type RestInvocation } from '../invocation.ts';
import { restRequestContext } from '../responses/variables.ts';
import { integrationHeaders, isBinary } from './headers.ts';

/** Makes the event of a REST API (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format). */
export function proxyEvent(invocation: RestInvocation, body: Buffer) {
  const { request, address, stage, match } = invocation;
  const requestContext = restRequestContext(invocation);
  const spelling = request.spelling?.();
  // Names from HTTP/1.1 clients keep their spelling. HTTP/2 has only lower case:
  // https://github.com/grammyjs/grammY/pull/900, https://github.com/aws/aws-sam-cli/issues/1860
  const headers = integrationHeaders(invocation, match?.method.authorizationType === 'AWS_IAM').map(
    ([name, value]) => [spelling?.get(name) ?? name, value] as const,
  );
  return {
    resource: requestContext.resourcePath,
    // It includes the base path of a custom domain, but not the stage:
    // https://github.com/aws-powertools/powertools-lambda-python/pull/579
    path: address.isCustom ? address.fullPath : address.path,
    ...formatOne(invocation, headers, match?.pathParameters ?? {}),
    requestContext,
    ...bodyOf(body, isBinary(header(request, 'content-type'), stage.api.binaryMediaTypes)),
  };
}

/**
 * Makes the event of a Lambda authorizer. Maps without a value are empty, not `null`
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html).
 */
export function authorizerEvent(
  type: 'TOKEN' | 'REQUEST',
  invocation: RestInvocation,
  methodArn: string,
  authorizationToken: string,
) {
  if (type === 'TOKEN') return { type, methodArn, authorizationToken };
  const { body: _, isBase64Encoded: __, ...event } = proxyEvent(invocation, Buffer.alloc(0));
  const maps = Object.entries(event).map(([name, value]) => [name, value ?? {}] as const);
  return { type, methodArn, ...Object.fromEntries(maps) };
}

/** The event members of format 1.0 that both kinds of API have. Single-value maps have the last value of a repeated name. */
export function formatOne(
  { request, stage }: GatewayRequest,
  headers: readonly (readonly [name: string, value: string])[],
  pathParameters: Readonly<Record<string, string>>,
) {
  return {
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: orNull(queryParameters(request)),
    multiValueQueryStringParameters: orNull(allValues(new URLSearchParams(request.rawQuery))),
    pathParameters: orNull(pathParameters),
    stageVariables: orNull(stage.variables),
  };
}

/** The event members for the body of a request. */
export function bodyOf(body: Buffer, isBinary: boolean) {
  const isBase64Encoded = body.length > 0 && isBinary;
  const text = body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8');
  return { body: text, isBase64Encoded };
}

function allValues(pairs: Iterable<readonly [name: string, value: string]>): Record<string, string[]> {
  const groups = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.map(([, value]) => value)]));
}

function orNull<T extends object>(map: T): T | null {
  return Object.keys(map).length === 0 ? null : map;
}
