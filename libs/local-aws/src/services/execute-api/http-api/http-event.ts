import { type AwsRequest, clientIp, header } from '../../../core/request.ts';
import { DEFAULT_STAGE } from '../../apigatewayv2/store.ts';
import { essence, integrationHeaders } from '../integrations/headers.ts';
import { bodyOf, formatOne } from '../integrations/proxy-event.ts';
import type { HttpInvocation } from '../invocation.ts';
import { commonLogTime, requestContext } from '../responses/variables.ts';
import { hostnameOf } from '../routing/router.ts';

/** The event for a function, in the format of the integration. */
export function httpEvent(invocation: HttpInvocation, body: Buffer) {
  const format = invocation.match?.method.integration.payloadFormatVersion;
  return format === '1.0' ? eventOne(invocation, body) : eventTwo(invocation, body);
}

/** The event of format 2.0. Omits members for which the request has no value (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html). */
function eventTwo(invocation: HttpInvocation, body: Buffer) {
  const { request, address, stage, match } = invocation;
  const routeKey = match?.method.routeKey ?? '';
  const { body: text, isBase64Encoded } = bodyOf(body, isBinaryBody(request));
  const cookies = header(request, 'cookie')?.split(/;\s*/);
  const query = new URLSearchParams(request.rawQuery);
  const pathParameters = decodedParameters(invocation);
  // The same at a custom domain, without the base path: https://github.com/CodeGenieApp/serverless-express/issues/465
  const path = withStage(stage, decoded(address.path));
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: request.rawQuery,
    ...(cookies !== undefined && { cookies }),
    headers: joined(
      headersOf(invocation, body)
        .map(([name, value]): Pair => [name.toLowerCase(), value])
        .filter(([name]) => name !== 'cookie'),
    ),
    ...(query.size > 0 && { queryStringParameters: joined([...query]) }),
    requestContext: {
      accountId: stage.accountId,
      apiId: stage.apiId,
      ...authorizerOf(invocation),
      domainName: hostnameOf(request),
      domainPrefix: hostnameOf(request).split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: clientIp(request),
        userAgent: header(request, 'user-agent') ?? '',
      },
      requestId: request.requestId,
      routeKey,
      stage: stage.stageName,
      time: commonLogTime(request.receivedAt),
      timeEpoch: request.receivedAt.getTime(),
    },
    ...(text !== null && { body: text }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    isBase64Encoded,
    ...(Object.keys(stage.variables).length > 0 && { stageVariables: stage.variables }),
  };
}

/** The event of format 1.0. Unlike in events of REST APIs, path parameters are decoded. */
function eventOne(invocation: HttpInvocation, body: Buffer) {
  const { request, address, stage, match } = invocation;
  const path = address.isCustom ? address.fullPath : withStage(stage, address.path);
  const titleCase = (name: string) => name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
  const headers = headersOf(invocation, body).map(([name, value]): Pair => [titleCase(name), value]);
  return {
    version: '1.0',
    resource: match?.resource.path ?? '',
    path,
    ...formatOne(invocation, headers, decodedParameters(invocation)),
    requestContext: { ...httpRequestContext(invocation), path },
    ...bodyOf(body, isBinaryBody(request)),
  };
}

/** The context of a request to an HTTP API, for events of format 1.0 and access logs. */
export function httpRequestContext(invocation: HttpInvocation) {
  const { match, request } = invocation;
  // The extended request ID is "Equivalent to $context.requestId":
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
  return requestContext(invocation, match?.method.routeKey ?? '', request.requestId);
}

type Pair = readonly [name: string, value: string];

function headersOf(invocation: HttpInvocation, body: Buffer): Pair[] {
  const isSigned = invocation.match?.method.authorizationType === 'AWS_IAM';
  return [...integrationHeaders(invocation, isSigned), ['content-length', String(body.length)]];
}

function joined(pairs: readonly Pair[]): Record<string, string> {
  const groups = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...groups].map(([name, group]) => [name, group.map(([, value]) => value).join(',')]),
  );
}

/** Measured on AWS: only these types reach the function as text. A body without content type does not (https://github.com/ministackorg/ministack/pull/766). */
function isBinaryBody(request: AwsRequest): boolean {
  const type = essence(header(request, 'content-type') ?? '');
  return !/^(?:text\/.+|application\/(?:json|xml|javascript))$/.test(type);
}

function withStage({ stageName }: HttpInvocation['stage'], path: string): string {
  return stageName === DEFAULT_STAGE ? path : `/${stageName}${path}`;
}

function decodedParameters({ match }: HttpInvocation): Record<string, string> {
  return Object.fromEntries(
    Object.entries(match?.pathParameters ?? {}).map(([name, value]) => [name, decoded(value)]),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function authorizerOf({ caller, match }: HttpInvocation) {
  if (match?.method.authorizationType !== 'AWS_IAM' || caller === undefined) return undefined;
  const { principal, accessKeyId, organizationId } = caller;
  return {
    authorizer: {
      iam: {
        accessKey: accessKeyId ?? null,
        accountId: principal.accountId,
        callerId: principal.userId,
        cognitoIdentity: null,
        principalOrgId: organizationId ?? null,
        userArn: principal.arn,
        userId: principal.userId,
      },
    },
  };
}
