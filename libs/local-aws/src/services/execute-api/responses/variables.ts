import type { AwsError } from '../../../core/errors.ts';
import type { AwsResponse } from '../../../core/request.ts';
import type { Invocation } from '../invocation.ts';
import { responseTypeOf } from './gateway-error.ts';
import type { RequestContext } from './request-context.ts';

/** The variables of access logs and gateway responses. */
export interface Variables {
  /** @param name `context.requestId`, `stageVariables.x`; `undefined` where there is no value */
  lookup(name: string): string | undefined;
}

/**
 * The variables of a request
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html).
 * @param context absent where the request reached no stage
 */
export function variablesOf(
  invocation: Invocation | undefined,
  context: RequestContext | undefined,
  error: AwsError | undefined,
  response?: AwsResponse,
): Variables {
  const integration = invocation?.integration;
  const facts = {
    context: {
      ...context,
      ...(error === undefined ? {} : { error: errorVariables(error) }),
      authorize: error?.status === 403 ? { error: error.message, status: 403 } : { status: 200 },
      integration: {
        latency: integration?.latencyMs,
        integrationStatus: integration?.integrationStatus,
        status: integration?.integrationStatus,
        error: integration?.error,
        requestId: integration?.requestId,
      },
      integrationLatency: integration?.latencyMs,
      integrationStatus: integration?.status,
      integrationErrorMessage: integration?.error,
      awsEndpointRequestId: integration?.requestId,
      ...(invocation === undefined
        ? {}
        : {
            responseLatency: Math.round(performance.now() - invocation.startedAt),
            xrayTraceId: invocation.stage.tracingEnabled ? rootOf(invocation.traceId) : undefined,
          }),
      ...(response === undefined
        ? {}
        : { status: response.status, responseLength: Buffer.byteLength(response.body) }),
    },
    stageVariables: invocation?.stage.variables ?? {},
  };
  return {
    lookup(name) {
      let value: unknown = facts;
      for (const part of name.split('.')) {
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
        value = (value as Record<string, unknown>)[part];
      }
      return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
    },
  };
}

/**
 * Substitutes `$context.…` and `$stageVariables.…` in a template. Values are escaped as in a JSON string, so that no caller
 * can break out of a line or a quoted member; `$context.error.messageString` is such a string already, quotes included, and stays one
 * where there is no error.
 * @param absent what stands for a variable without a value
 */
export function substitute(template: string, variables: Variables, absent: string): string {
  return template.replace(/\$\{?((?:context|stageVariables)(?:\.\w{1,100}){1,5})\}?/g, (_, name: string) => {
    const value = variables.lookup(name);
    if (name === 'context.error.messageString') return value ?? JSON.stringify(absent);
    return value === undefined ? absent : JSON.stringify(value).slice(1, -1);
  });
}

function errorVariables(error: AwsError) {
  return {
    message: error.message,
    messageString: JSON.stringify(error.message),
    responseType: responseTypeOf(error),
    validationErrorString: '',
  };
}

function rootOf(traceId: string): string | undefined {
  return /Root=([\w-]+)/.exec(traceId)?.[1];
}
