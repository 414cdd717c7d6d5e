import type { AwsError } from '../../../core/errors.ts';
import { type AwsResponse, header } from '../../../core/request.ts';
import type { CustomGatewayResponse } from '../../apigateway/deployed-api.ts';
import type { Invocation } from '../invocation.ts';
import { queryParameters } from '../query-parameters.ts';
import { type GatewayResponseType, responseTypeOf } from './gateway-error.ts';
import { substitute, type Variables } from './variables.ts';

/**
 * The response for an error, as the API's owner customized it: the response of its type, else the default for its class, else
 * AWS's own.
 * @param variables `$context` and `$stageVariables`, the error included
 */
export function renderGatewayResponse(
  error: AwsError,
  invocation: Invocation | undefined,
  variables: Variables,
): AwsResponse {
  const custom = invocation && customResponse(responseTypeOf(error), error.status, invocation);
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'x-amzn-ErrorType': error.code,
  };
  if (invocation === undefined || custom === undefined) {
    return { status: error.status, headers, body: defaultBody(error) };
  }
  for (const [parameter, expression] of Object.entries(custom.responseParameters)) {
    const value = evaluate(expression, invocation, variables);
    if (value !== undefined) setHeader(headers, parameter.slice('gatewayresponse.header.'.length), value);
  }
  const [contentType, template] =
    Object.entries(custom.responseTemplates).find(([type]) => type === 'application/json') ??
    Object.entries(custom.responseTemplates)[0] ??
    [];
  if (contentType !== undefined && contentType !== 'application/json') headers['Content-Type'] = contentType;
  return {
    status: custom.statusCode ?? error.status,
    headers,
    body: template === undefined ? defaultBody(error) : substitute(template, variables, ''),
  };
}

/** IAM's denials spell their member `Message`, everything else `message`. */
function defaultBody(error: AwsError): string {
  return JSON.stringify({ [error.code === 'AccessDeniedException' ? 'Message' : 'message']: error.message });
}

function customResponse(
  type: GatewayResponseType,
  status: number,
  { stage }: Invocation,
): CustomGatewayResponse | undefined {
  const { gatewayResponses } = stage.api;
  return gatewayResponses.get(type) ?? gatewayResponses.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
}

function evaluate(expression: string, invocation: Invocation, variables: Variables): string | undefined {
  const literal = /^'(.*)'$/.exec(expression)?.[1];
  if (literal !== undefined) return literal;
  const { request, match } = invocation;
  const [, location, name = ''] = /^method\.request\.(\w+)\.(.+)$/.exec(expression) ?? [];
  switch (location) {
    case 'header':
      return header(request, name);
    case 'querystring':
      return ownValue(queryParameters(request.rawQuery).single, name);
    case 'path':
      return ownValue(match?.pathParameters ?? {}, name);
    default:
      return variables.lookup(expression);
  }
}

function ownValue(map: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function setHeader(headers: Record<string, string>, name: string, value: string): void {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  const present = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase());
  headers[present ?? name] = value;
}
