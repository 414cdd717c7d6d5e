import type { AwsError } from '../../../core/errors.ts';
import type { AwsResponse } from '../../../core/request.ts';
import { preferredTemplate } from '../../apigateway/definition/integration.ts';
import { requestParameter } from '../../apigateway/store.ts';
import { parameterOf, type RestInvocation } from '../invocation.ts';
import { responseTypeOf } from './gateway-error.ts';
import { substitute, type Variables, variablesOf } from './variables.ts';

/** The response for an error: customized for its type, else for its class (4XX, 5XX), else AWS's. @param invocation absent without a stage */
export function gatewayResponse(error: AwsError, invocation: RestInvocation | undefined): AwsResponse {
  const { status } = error;
  // IAM's denials spell their member `Message`, everything else `message`.
  const member = error.code === 'AccessDeniedException' ? 'Message' : 'message';
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'x-amzn-ErrorType': error.code,
  };
  const body = JSON.stringify({ [member]: error.message || null });
  if (invocation === undefined) return { status, headers, body };
  const { gatewayResponses } = invocation.stage.api;
  const custom =
    gatewayResponses.get(responseTypeOf(error)) ??
    gatewayResponses.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  if (custom === undefined) return { status, headers, body };
  const variables = variablesOf(invocation, { error });
  for (const [parameter, expression] of Object.entries(custom.responseParameters)) {
    const value = evaluate(expression, invocation, variables);
    if (value === undefined || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    const name = parameter.slice('gatewayresponse.header.'.length);
    const present = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase());
    headers[present ?? name] = value;
  }
  const [contentType, template] = preferredTemplate(custom.responseTemplates);
  if (contentType !== 'application/json') headers['Content-Type'] = contentType;
  return {
    status: custom.statusCode ?? status,
    headers,
    body: template === undefined ? body : substitute(template, variables, ''),
  };
}

function evaluate(expression: string, invocation: RestInvocation, variables: Variables): string | undefined {
  const literal = /^'(.*)'$/.exec(expression)?.[1];
  if (literal !== undefined) return literal;
  const parameter = requestParameter(expression);
  return parameter === undefined ? variables(expression) : parameterOf(invocation, parameter);
}
