import {
  controlAnswer as answer,
  isJson,
  controlRefusal as refuse,
  refuseStranger,
} from '../control/control-request.ts';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import type { FaultInjector } from './fault-injector.ts';
import { FaultPlanError } from './plan.ts';

/** The path at which the fault plan is read (GET), replaced (PUT, JSON) and cleared (DELETE). */
export const FAULTS_PATH = '/_local-aws/faults';

const MAX_PLAN_BYTES = 256 * 1024;

/** Makes the handler of {@link FAULTS_PATH}; `undefined` for any other path. It needs the control token. */
export function createFaultControl(
  faults: FaultInjector,
  token: string,
): (request: AwsRequest) => AwsResponse | undefined {
  if (token.length < 16) throw new Error('The control token must have at least 16 characters.');
  return (request) => {
    if (request.rawPath !== FAULTS_PATH) return undefined;
    const refusal = refuseStranger(request, token);
    if (refusal !== undefined) return refusal;
    switch (request.method) {
      case 'GET':
        return answer(200, faults.report());
      case 'DELETE':
        faults.clear();
        return answer(200, faults.report());
      case 'PUT':
        return replacePlan(faults, request);
      default:
        return refuse(405, `${FAULTS_PATH} takes GET, PUT and DELETE.`, { Allow: 'GET, PUT, DELETE' });
    }
  };
}

function replacePlan(faults: FaultInjector, request: AwsRequest): AwsResponse {
  if (!isJson(request)) {
    return refuse(415, 'Send the fault plan as Content-Type: application/json.');
  }
  const { body } = request;
  if (body.length > MAX_PLAN_BYTES) {
    return refuse(413, `A fault plan has at most ${MAX_PLAN_BYTES} bytes; this one has ${body.length}.`);
  }
  try {
    faults.set(JSON.parse(body.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(400, `The fault plan is not JSON: ${error.message}`);
    if (error instanceof FaultPlanError) return refuse(400, error.message);
    throw error;
  }
  return answer(200, faults.report());
}
