import { AwsError } from '../../../core/errors.ts';
import { type AwsResponse, header } from '../../../core/request.ts';
import type { LambdaProxyIntegration } from '../../apigateway/deployed-api.ts';
import type { Invocation } from '../invocation.ts';
import {
  integrationTimeout,
  invocationRefused,
  malformedAnswer,
  misconfigured,
} from '../responses/gateway-error.ts';
import type { RequestContext } from '../responses/request-context.ts';
import type { InvokeOutcome, LambdaInvoker } from './lambda-invoker.ts';
import { isBinary } from './media-types.ts';
import { proxyEvent } from './proxy-event.ts';
import { readProxyResponse } from './proxy-response.ts';

/** What Lambda's own API says to an invocation that it does not run, and API Gateway's words for it. */
const refusals = {
  denied: [403, 'Invalid permissions on Lambda function'],
  'not-found': [404, 'Invalid Lambda function'],
  throttled: [429, 'Lambda throttled the invocation'],
  failed: [500, 'Lambda could not run the function'],
} as const;

/**
 * Invokes the function and reads its answer: "If the Lambda API rejects the invocation request, API Gateway returns a 500
 * error code. If the function runs but returns an error, or returns a response in the wrong format, API Gateway returns a 502"
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html). A function that outlasts the timeout runs on.
 * @throws GatewayError
 */
export async function invokeLambda(
  lambda: LambdaInvoker,
  integration: LambdaProxyIntegration,
  invocation: Invocation,
  body: Buffer,
  context: RequestContext,
  onOutcome: (outcome: InvokeOutcome) => void,
): Promise<AwsResponse> {
  const { request, stage } = invocation;
  const startedAt = performance.now();
  const record = (facts: Omit<NonNullable<Invocation['integration']>, 'latencyMs'>): void => {
    invocation.integration = { latencyMs: Math.round(performance.now() - startedAt), ...facts };
  };
  const functionArn = withStageVariables(integration.functionArn, stage.variables);
  if (functionArn === undefined) {
    record({ error: 'the integration names a stage variable that the stage does not have' });
    throw misconfigured();
  }
  const outcome = await withTimeout(
    lambda
      .invokeFor(
        'apigateway.amazonaws.com',
        functionArn,
        { sourceArn: sourceArn(invocation), sourceAccount: stage.accountId },
        JSON.stringify(proxyEvent(invocation, body, context)),
        { traceHeader: invocation.traceId },
      )
      .catch(asMisconfiguration),
    integration.timeoutInMillis,
  );
  if (outcome === undefined) {
    record({ error: 'Execution failed due to a timeout error' });
    throw integrationTimeout();
  }
  onOutcome(outcome);
  const { requestId } = outcome;
  switch (outcome.kind) {
    case 'denied':
    case 'not-found':
    case 'throttled':
    case 'failed': {
      const [integrationStatus, error] = refusals[outcome.kind];
      record({ requestId, integrationStatus, error });
      throw invocationRefused();
    }
    case 'function-error':
      record({ requestId, integrationStatus: 200, error: 'Lambda execution failed with status 200' });
      throw malformedAnswer();
    case 'ok': {
      const acceptsBinary = isBinary(header(request, 'accept'), stage.api.binaryMediaTypes);
      const answer = readProxyResponse(outcome.payload, acceptsBinary);
      if (!answer.valid) {
        record({
          requestId,
          integrationStatus: 200,
          error: `Malformed Lambda proxy response: ${answer.reason}`,
        });
        throw malformedAnswer();
      }
      record({ requestId, integrationStatus: 200, status: answer.response.status });
      return answer.response;
    }
  }
}

/** An ARN that Lambda cannot read is the API's fault, not the caller's. */
function asMisconfiguration(error: unknown): never {
  throw error instanceof AwsError ? misconfigured() : error;
}

/** A permission's `SourceArn` names the resource's path as configured, `{parameters}` and all, and the actual method. */
function sourceArn({ request, stage, match }: Invocation): string {
  const { region, accountId, apiId, stageName } = stage;
  return `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/${request.method}${match?.resource.path ?? '/'}`;
}

function withStageVariables(arn: string, variables: Readonly<Record<string, string>>): string | undefined {
  let complete = true;
  const result = arn.replace(/\$\{stageVariables\.(\w{1,64})\}/g, (_, name: string) => {
    if (!Object.hasOwn(variables, name)) complete = false;
    return variables[name] ?? '';
  });
  return complete ? result : undefined;
}

async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  // Once the timeout has won, nobody awaits the invocation any more: its failure must not go unhandled.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
