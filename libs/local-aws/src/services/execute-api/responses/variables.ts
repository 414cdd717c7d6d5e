import type { AwsError } from '../../../core/errors.ts';
import type { AwsResponse } from '../../../core/request.ts';
import { parseTraceHeader } from '../../../core/trace-header.ts';
import type { Invocation, RestInvocation } from '../invocation.ts';
import { responseTypeOf } from './gateway-error.ts';
import { restRequestContext } from './request-context.ts';

/** Looks up a variable of access logs and gateway responses, e.g. `context.requestId`; `undefined` if it has no value. */
export type Variables = (name: string) => string | undefined;

/** What became of a request. */
export interface Conclusion {
  readonly error?: AwsError | undefined;
  /** Why the request was refused, if the error does not say it. */
  readonly reason?: string | undefined;
  readonly response?: AwsResponse;
}

/**
 * The variables of a request to a REST API, as far as they are known
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html).
 */
export function variablesOf(invocation: RestInvocation, conclusion: Conclusion): Variables {
  const { integration, stage, traceId } = invocation;
  const { error } = conclusion;
  const common = commonVariables(invocation, conclusion);
  return lookUp({
    context: {
      ...restRequestContext(invocation),
      ...common,
      error: common.error && { ...common.error, validationErrorString: '' },
      authorize: error?.status === 403 ? { error: error.message, status: 403 } : { status: 200 },
      integration: { ...common.integration, status: integration?.integrationStatus },
      integrationStatus: integration?.status,
      xrayTraceId: stage.tracingEnabled ? parseTraceHeader(traceId).root : undefined,
    },
    stageVariables: stage.variables,
  });
}

/** The variables that REST APIs and HTTP APIs have alike. */
export function commonVariables({ integration, startedAt }: Invocation, { error, response }: Conclusion) {
  return {
    error: error && {
      message: error.message,
      messageString: JSON.stringify(error.message),
      responseType: responseTypeOf(error),
    },
    integration: {
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
  };
}

/** Looks variables up by dotted names. @param variables by `context` and `stageVariables` */
export function lookUp(variables: object): Variables {
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
 * Substitutes `$context.…` and `$stageVariables.…`. Values are escaped as in a JSON string, so that no caller can break out of
 * a line. AWS does so in access logs since 2024 (DataBiosphere/azul, issue 4348, shows lines of 2022 and 2024).
 * `$context.error.messageString` is such a string already, with its quotes. Without an error it has no quotes: in the lines of the
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
