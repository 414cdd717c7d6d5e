import { type AwsResponse, header } from '../../../core/request.ts';
import type { LambdaProxyIntegration } from '../../apigateway/deployed-api.ts';
import type { RestInvocation } from '../invocation.ts';
import { gatewayError } from '../responses/gateway-error.ts';
import { addOutcome, callFunction, type LambdaIntegrationServices } from './function-call.ts';
import { isBinary } from './media-types.ts';
import { proxyEvent } from './proxy-event.ts';
import { readProxyResponse } from './proxy-response.ts';

/** The errors of calls that failed. */
const failures = {
  misconfigured: () => gatewayError('API_CONFIGURATION_ERROR'),
  timeout: () => gatewayError('INTEGRATION_TIMEOUT'),
  rejected: () => gatewayError('INTEGRATION_FAILURE'),
  'function-error': () => malformedAnswer(),
} as const;

/**
 * Invokes the function and reads its answer: 500 if Lambda rejects the invocation, 502 if the function fails or its answer has
 * the wrong format
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html).
 */
export async function invokeLambda(
  services: LambdaIntegrationServices,
  integration: LambdaProxyIntegration,
  invocation: RestInvocation,
  body: Buffer,
): Promise<AwsResponse> {
  const { request, stage, match } = invocation;
  const call = await callFunction(services, integration, invocation, {
    // The resource's path as configured, `{parameters}` and all, and the actual method.
    place: `${request.method}${match?.resource.path ?? '/'}`,
    event: proxyEvent(invocation, body),
  });
  if (call.kind !== 'ok') throw failures[call.kind]();
  const acceptsBinary = isBinary(header(request, 'accept'), stage.api.binaryMediaTypes);
  const answer = readProxyResponse(call.payload, acceptsBinary);
  if (!answer.valid) {
    addOutcome(invocation, { error: `Malformed Lambda proxy response: ${answer.reason}` });
    throw malformedAnswer();
  }
  addOutcome(invocation, { status: answer.response.status });
  return answer.response;
}

/** The function failed, or its answer is not a proxy response. */
function malformedAnswer() {
  return gatewayError('DEFAULT_5XX', { status: 502 });
}
