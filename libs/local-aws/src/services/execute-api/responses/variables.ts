import type { AwsError } from '../../../core/errors.ts';
import { type AwsResponse, clientIp, header } from '../../../core/request.ts';
import { parseTraceHeader } from '../../../core/trace-header.ts';
import type { GatewayRequest, RestInvocation } from '../invocation.ts';
import { hostnameOf } from '../routing/router.ts';
import { responseTypeOf } from './gateway-error.ts';

/** Looks up a variable of access logs and gateway responses, e.g. `context.requestId`. Returns `undefined` if it has no value. */
export type Variables = (name: string) => string | undefined;

/** The result of a request. */
export interface RequestConclusion {
  readonly error?: AwsError | undefined;
  /** The reason of a refusal, if the error does not give it. */
  readonly reason?: string | undefined;
  readonly response?: AwsResponse;
}

/** The known variables of a request to a REST API (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html). */
export function variablesOf(invocation: RestInvocation, conclusion: RequestConclusion): Variables {
  const { integration, stage, traceId } = invocation;
  const { error } = conclusion;
  return lookUp(invocation, conclusion, {
    ...restRequestContext(invocation),
    authorize: error?.status === 403 ? { error: error.message, status: 403 } : { status: 200 },
    integration: { status: integration?.integrationStatus },
    integrationStatus: integration?.status,
    error: { validationErrorString: '' },
    xrayTraceId: stage.tracingEnabled ? parseTraceHeader(traceId).root : undefined,
  });
}

/** The context of a request to a REST API: `requestContext` of the proxy event, and the base of the `$context` variables. */
export function restRequestContext(invocation: RestInvocation) {
  const { match, stage } = invocation;
  return { ...eventRequestContext(invocation, match?.resource.id ?? ''), deploymentId: stage.deploymentId };
}

/** The context of a request to either kind of API, for events of format 1.0 and access logs. */
export function eventRequestContext(
  { request, requestId, extendedRequestId, stage, caller, authorizer, address, match }: GatewayRequest,
  resourceId: string,
) {
  const principal = caller?.principal;
  return {
    resourceId,
    resourcePath: match?.resource.path ?? '',
    httpMethod: request.method,
    extendedRequestId,
    requestTime: commonLogTime(request.receivedAt),
    path: address.fullPath,
    accountId: stage.accountId,
    protocol: 'HTTP/1.1',
    stage: stage.stageName,
    domainPrefix: hostnameOf(request).split('.')[0],
    requestTimeEpoch: request.receivedAt.getTime(),
    requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: principal?.accountId ?? null,
      cognitoIdentityId: null,
      caller: principal?.userId ?? null,
      sourceIp: clientIp(request),
      ...(address.vpcEndpointId !== undefined && { vpceId: address.vpcEndpointId }),
      principalOrgId: caller?.organizationId ?? null,
      accessKey: caller?.accessKeyId ?? null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: principal?.arn ?? null,
      userAgent: header(request, 'user-agent') ?? null,
      user: principal?.userId ?? null,
    },
    ...(authorizer !== undefined && { authorizer }),
    domainName: hostnameOf(request),
    apiId: stage.apiId,
  };
}

/** The time in the Common Log Format: `01/Jan/1970:00:00:00 +0000`. */
export function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}

/** Makes a function that looks up variables by dotted names. @param own the variables of the kind of API */
export function lookUp(
  { integration, stage, startedAt }: GatewayRequest,
  { error, response }: RequestConclusion,
  own: { readonly integration: object; readonly error?: object } & Readonly<Record<string, unknown>>,
): Variables {
  const variables = {
    stageVariables: stage.variables,
    context: {
      ...own,
      error: error && {
        ...own.error,
        message: error.message,
        messageString: JSON.stringify(error.message),
        responseType: responseTypeOf(error),
      },
      integration: {
        ...own.integration,
        latency: integration?.latencyMs,
        integrationStatus: integration?.integrationStatus,
        error: integration?.error,
        requestId: integration?.requestId,
      },
      integrationLatency: integration?.latencyMs,
      integrationErrorMessage: integration?.error,
      awsEndpointRequestId: integration?.requestId,
      responseLatency: Math.round(performance.now() - startedAt),
      status: response?.status,
      responseLength: response && Buffer.byteLength(response.body),
    },
  };
  return (name) => {
    let value: unknown = variables;
    for (const part of name.split('.')) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
      value = (value as Record<string, unknown>)[part];
    }
    return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
  };
}

/**
 * Substitutes `$context.…` and `$stageVariables.…`. Values are escaped as in a JSON string, so no caller can break out of
 * a line. AWS does so in access logs since 2024 (DataBiosphere/azul, issue 4348, shows lines of 2022 and 2024).
 * `$context.error.messageString` is such a string already, with quotes. Without an error it has no quotes: in the lines of the
 * same issue, whose format has quotes around it, every variable without a value is `"-"`.
 * @param absent replaces a variable without a value
 */
export function substitute(template: string, variables: Variables, absent: string): string {
  return template.replace(/\$\{?((?:context|stageVariables)(?:\.\w{1,100}){1,5})\}?/g, (_, name: string) => {
    const value = variables(name);
    if (name === 'context.error.messageString') return value ?? absent;
    return value === undefined ? absent : JSON.stringify(value).slice(1, -1);
  });
}
