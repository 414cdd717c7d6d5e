import type { Principal } from '@cross-account-api/iam';
import { AwsError } from '../../../core/errors.ts';
import type { Holds } from '../../../core/holds.ts';
import type { AwsResponse } from '../../../core/request.ts';
import { globalContext } from '../../../pipeline/global-context.ts';
import { currentRequest, failedWith } from '../../../pipeline/request-scope.ts';
import type { FunctionTarget } from '../../apigateway/store.ts';
import type { GatewayRequest, IntegrationOutcome } from '../invocation.ts';
import type { PlaneOptions } from '../plane.ts';
import type { ProxyResponse } from './proxy-response.ts';

/**
 * The reason of a failed call. `misconfigured`: the ARN or the credentials are invalid. `rejected`: Lambda did not run the function.
 * `too-large`: nor did it take the event, which has the request's body.
 */
export type CallFailure =
  | 'misconfigured'
  | 'rejected'
  | 'too-large'
  | 'function-error'
  | 'malformed'
  | 'timeout';

/** The largest event of a synchronous invocation, in bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const MAX_EVENT_BYTES = 6_291_456;

const MALFORMED = 'Malformed Lambda proxy response';

/** For failed invocations: the status of Lambda's API, and API Gateway's message. */
const failures = {
  denied: [403, 'Invalid permissions on Lambda function'],
  'not-found': [404, 'Invalid Lambda function'],
  throttled: [429, 'Lambda throttled the invocation'],
  recursive: [400, 'Lambda stopped a recursive loop'],
  failed: [500, 'Lambda could not run the function'],
  'function-error': [200, 'Lambda execution failed with status 200'],
} as const;

/**
 * Invokes the function of a Lambda proxy integration. After the timeout, the function continues to run.
 * @param call.place the route in the `SourceArn` of permissions: `GET/items/{id}`
 * @param call.failure makes the error that is thrown if there is no valid response
 */
export async function callFunction(
  { lambda, holds, assumeRole }: Pick<PlaneOptions, 'lambda' | 'holds' | 'assumeRole'>,
  target: FunctionTarget,
  invocation: GatewayRequest,
  call: {
    readonly place: string;
    readonly event: object;
    read(payload: Uint8Array): ProxyResponse;
    failure(why: CallFailure): AwsError;
  },
): Promise<AwsResponse> {
  const { request, stage, traceId } = invocation;
  const { accountId: sourceAccount, region, apiId, stageName } = stage;
  const startedAt = performance.now();
  const record = (facts: Omit<IntegrationOutcome, 'latencyMs'>): void => {
    invocation.integration = { latencyMs: Math.round(performance.now() - startedAt), ...facts };
  };
  const failed = (why: CallFailure, facts: Omit<IntegrationOutcome, 'latencyMs'>): AwsError => {
    record(facts);
    return call.failure(why);
  };
  const functionArn = withStageVariables(target.functionArn, stage.variables);
  if (functionArn === undefined) {
    const error = 'the integration names a stage variable that the stage does not have';
    throw failed('misconfigured', { error });
  }
  const principal = await principalOf(target, invocation, assumeRole);
  if (principal === null) {
    const error = 'Execution failed due to configuration error: the credentials of the integration';
    throw failed('misconfigured', { error });
  }
  const invokesAs = principal && { principal, context: globalContext(principal, request, stage.region) };
  const event = JSON.stringify(call.event);
  if (Buffer.byteLength(event) > MAX_EVENT_BYTES) {
    const error = `the event for Lambda has more than ${MAX_EVENT_BYTES} bytes`;
    throw failed('too-large', { integrationStatus: 413, error });
  }
  const sourceArn = `arn:aws:execute-api:${region}:${sourceAccount}:${apiId}/${stageName}/${call.place}`;
  const source = { sourceArn, sourceAccount };
  const invoked = lambda
    .invokeFor('apigateway.amazonaws.com', functionArn, source, event, {
      traceHeader: traceId,
      ...invokesAs,
    })
    // An ARN that Lambda cannot read is the API's fault, not the caller's.
    .catch((error) => {
      throw error instanceof AwsError ? call.failure('misconfigured') : error;
    });
  const limitMs = lambda.isInspected(functionArn) ? undefined : target.timeoutInMillis;
  const outcome = await withTimeout(invoked, limitMs, holds);
  if (outcome === undefined) throw failed('timeout', { error: 'Execution failed due to a timeout error' });
  const { requestId, kind, decision } = outcome;
  currentRequest()?.decisions.push(decision);
  if (kind !== 'ok') {
    const [integrationStatus, error] = failures[kind];
    const why = kind === 'function-error' ? kind : 'rejected';
    if ('error' in outcome) {
      const { code: errorType, message: errorMessage } = outcome.error;
      failedWith({ functionArn, errorType, errorMessage, stack: [] });
    }
    throw failed(why, { requestId, integrationStatus, error });
  }
  const answer = call.read(outcome.payload);
  if (!answer.valid && answer.isUndecodable) {
    failedWith({ functionArn, errorType: MALFORMED, errorMessage: answer.reason, stack: [] });
    const error = `Execution failed due to configuration error: ${answer.reason}`;
    throw failed('misconfigured', { requestId, integrationStatus: 200, error });
  }
  if (!answer.valid) {
    failedWith({ functionArn, errorType: MALFORMED, errorMessage: answer.reason, stack: [] });
    const error = `${MALFORMED}: ${answer.reason}`;
    throw failed('malformed', { requestId, integrationStatus: 200, error });
  }
  record({ requestId, integrationStatus: 200, status: answer.response.status });
  return answer.response;
}

/** The invoking principal: `undefined` for API Gateway; `null` if there is no signature, or the role does not trust API Gateway. */
async function principalOf(
  { credentials }: FunctionTarget,
  { caller }: GatewayRequest,
  assumeRole: PlaneOptions['assumeRole'],
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

const STAGE_VARIABLE = /\$\{stageVariables\.(\w{1,64})\}/g;

/** Replaces `${stageVariables.name}`. @returns `undefined` if a variable is missing */
export function withStageVariables(
  arn: string,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  const names = [...arn.matchAll(STAGE_VARIABLE)].map(([, name = '']) => name);
  if (!names.every((name) => Object.hasOwn(variables, name))) return undefined;
  return arn.replace(STAGE_VARIABLE, (_, name: string) => variables[name] ?? '');
}

/** @returns `undefined` after the timeout, if there is one. The invocation continues, and its failure counts as handled. */
async function withTimeout<T>(
  promise: Promise<T>,
  milliseconds: number | undefined,
  holds: Holds,
): Promise<T | undefined> {
  if (milliseconds === undefined) return promise;
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  const cancel = holds.setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    cancel();
  }
}
