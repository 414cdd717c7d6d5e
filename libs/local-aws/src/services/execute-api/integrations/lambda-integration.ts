import type { Principal } from '@cross-account-api/iam';
import { AwsError } from '../../../core/errors.ts';
import { type AwsResponse, header } from '../../../core/request.ts';
import { globalContext } from '../../../pipeline/global-context.ts';
import { currentRequest } from '../../../pipeline/request-scope.ts';
import type { LambdaProxyIntegration } from '../../apigateway/deployed-api.ts';
import type { LambdaService } from '../../lambda/index.ts';
import type { Invocation } from '../invocation.ts';
import { gatewayError } from '../responses/gateway-error.ts';
import { isBinary } from './media-types.ts';
import { proxyEvent } from './proxy-event.ts';
import { readProxyResponse } from './proxy-response.ts';

/** For an invocation that failed: what Lambda's own API answers, and API Gateway's words for it. */
const failures = {
  denied: [403, 'Invalid permissions on Lambda function'],
  'not-found': [404, 'Invalid Lambda function'],
  throttled: [429, 'Lambda throttled the invocation'],
  failed: [500, 'Lambda could not run the function'],
  'function-error': [200, 'Lambda execution failed with status 200'],
} as const;

/** What an integration with a function needs. */
export interface LambdaIntegrationServices {
  readonly lambda: Pick<LambdaService, 'invokeFor'>;
  /** Begins a session of a role that trusts API Gateway. @throws AwsError if it does not exist, or does not trust it */
  assumeRole(roleArn: string): Promise<Principal>;
}

/**
 * Invokes the function and reads its answer: 500 if Lambda rejects the invocation, 502 if the function fails or its answer has
 * the wrong format
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html). A function that outlasts the timeout runs on.
 */
export async function invokeLambda(
  { lambda, assumeRole }: LambdaIntegrationServices,
  integration: LambdaProxyIntegration,
  invocation: Invocation,
  body: Buffer,
): Promise<AwsResponse> {
  const { request, stage } = invocation;
  const startedAt = performance.now();
  const record = (facts: Omit<NonNullable<Invocation['integration']>, 'latencyMs'>): void => {
    invocation.integration = { latencyMs: Math.round(performance.now() - startedAt), ...facts };
  };
  const functionArn = withStageVariables(integration.functionArn, stage.variables);
  if (functionArn === undefined) {
    record({ error: 'the integration names a stage variable that the stage does not have' });
    throw gatewayError('API_CONFIGURATION_ERROR');
  }
  const principal = await principalOf(integration, invocation, assumeRole);
  if (principal === null) {
    record({ error: 'Execution failed due to configuration error: the credentials of the integration' });
    throw gatewayError('API_CONFIGURATION_ERROR');
  }
  const invokesAs = principal && { principal, context: globalContext(principal, request, stage.region) };
  const outcome = await withTimeout(
    lambda
      .invokeFor(
        'apigateway.amazonaws.com',
        functionArn,
        { sourceArn: sourceArn(invocation), sourceAccount: stage.accountId },
        JSON.stringify(proxyEvent(invocation, body)),
        { traceHeader: invocation.traceId, ...invokesAs },
      )
      .catch(asMisconfiguration),
    integration.timeoutInMillis,
  );
  if (outcome === undefined) {
    record({ error: 'Execution failed due to a timeout error' });
    throw gatewayError('INTEGRATION_TIMEOUT');
  }
  const { requestId, kind, decision } = outcome;
  currentRequest()?.decisions.push(decision);
  if (kind !== 'ok') {
    const [integrationStatus, error] = failures[kind];
    record({ requestId, integrationStatus, error });
    throw kind === 'function-error' ? malformedAnswer() : gatewayError('INTEGRATION_FAILURE');
  }
  const acceptsBinary = isBinary(header(request, 'accept'), stage.api.binaryMediaTypes);
  const answer = readProxyResponse(outcome.payload, acceptsBinary);
  const facts = { requestId, integrationStatus: 200 };
  if (!answer.valid) {
    record({ ...facts, error: `Malformed Lambda proxy response: ${answer.reason}` });
    throw malformedAnswer();
  }
  record({ ...facts, status: answer.response.status });
  return answer.response;
}

/**
 * As whom the function is invoked; `undefined` for API Gateway itself, and `null` if there is nobody: the request is not signed,
 * or the role does not trust API Gateway.
 */
async function principalOf(
  { credentials }: LambdaProxyIntegration,
  { caller }: Invocation,
  assumeRole: LambdaIntegrationServices['assumeRole'],
): Promise<Principal | null | undefined> {
  if (credentials === undefined) return undefined;
  if (credentials === 'caller') return caller?.principal ?? null;
  try {
    return await assumeRole(credentials);
  } catch (error) {
    if (error instanceof AwsError) return null;
    throw error;
  }
}

/** The function failed, or its answer is not a proxy response. */
function malformedAnswer() {
  return gatewayError('DEFAULT_5XX', { status: 502 });
}

/** An ARN that Lambda cannot read is the API's fault, not the caller's. */
function asMisconfiguration(error: unknown): never {
  throw error instanceof AwsError ? gatewayError('API_CONFIGURATION_ERROR') : error;
}

/** A permission's `SourceArn` names the resource's path as configured, `{parameters}` and all, and the actual method. */
function sourceArn({ request, stage, match }: Invocation): string {
  const { region, accountId, apiId, stageName } = stage;
  return `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/${request.method}${match?.resource.path ?? '/'}`;
}

/** @returns `undefined` if a variable is missing */
function withStageVariables(arn: string, variables: Readonly<Record<string, string>>): string | undefined {
  let isComplete = true;
  const result = arn.replace(/\$\{stageVariables\.(\w{1,64})\}/g, (_, name: string) => {
    if (!Object.hasOwn(variables, name)) isComplete = false;
    return variables[name] ?? '';
  });
  return isComplete ? result : undefined;
}

async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  // After a timeout nothing awaits the invocation. Its failure must not go unhandled.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
