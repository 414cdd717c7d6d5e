import { DEFAULT_STAGE } from '../../apigatewayv2/store.ts';
import { formatTwo, type HeaderPair, isBinaryBody } from '../integrations/format-two.ts';
import { integrationHeaders } from '../integrations/headers.ts';
import { bodyOf, formatOne } from '../integrations/proxy-event.ts';
import type { HttpInvocation } from '../invocation.ts';
import { eventRequestContext } from '../responses/variables.ts';

/** The event for a function, in the format of the integration. */
export function httpEvent(invocation: HttpInvocation, body: Buffer) {
  const format = invocation.match?.method.integration.payloadFormatVersion;
  return format === '1.0' ? eventOne(invocation, body) : eventTwo(invocation, body);
}

function eventTwo(invocation: HttpInvocation, body: Buffer) {
  const { request, address, stage, match } = invocation;
  return formatTwo(request, body, {
    routeKey: match?.method.routeKey ?? '',
    // The same at a custom domain, without the base path: https://github.com/CodeGenieApp/serverless-express/issues/465
    path: withStage(stage, decoded(address.path)),
    headers: headersOf(invocation, body),
    accountId: stage.accountId,
    apiId: stage.apiId,
    stageName: stage.stageName,
    caller: match?.method.authorizationType === 'AWS_IAM' ? invocation.caller : undefined,
    pathParameters: decodedParameters(invocation),
    stageVariables: stage.variables,
  });
}

/** The event of format 1.0. Unlike in events of REST APIs, path parameters are decoded. */
function eventOne(invocation: HttpInvocation, body: Buffer) {
  const { request, address, stage, match } = invocation;
  const path = address.isCustom ? address.fullPath : withStage(stage, address.path);
  const titleCase = (name: string) => name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
  const headers = headersOf(invocation, body).map(([name, value]): HeaderPair => [titleCase(name), value]);
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
  return eventRequestContext(invocation, invocation.match?.method.routeKey ?? '');
}

function headersOf(invocation: HttpInvocation, body: Buffer): HeaderPair[] {
  const isSigned = invocation.match?.method.authorizationType === 'AWS_IAM';
  return [...integrationHeaders(invocation, isSigned), ['content-length', String(body.length)]];
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
