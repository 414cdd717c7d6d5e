import { createHash, timingSafeEqual } from 'node:crypto';
import { type AwsRequest, type AwsResponse, header } from '../core/request.ts';
import type { FaultInjector } from './fault-injector.ts';
import { FaultPlanError } from './plan.ts';

/** The path at which the fault plan is read (GET), replaced (PUT, JSON) and cleared (DELETE). */
export const FAULTS_PATH = '/_local-aws/faults';

const MAX_PLAN_BYTES = 256 * 1024;

/**
 * Makes the handler of {@link FAULTS_PATH}; `undefined` for any other path. It needs a token, which no web page can read or
 * send.
 */
export function createFaultControl(
  faults: FaultInjector,
  token: string,
): (request: AwsRequest) => AwsResponse | undefined {
  if (token.length < 16) throw new Error('The control token must have at least 16 characters.');
  const expected = digest(`Bearer ${token}`);
  return (request) => {
    if (request.rawPath !== FAULTS_PATH) return undefined;
    if (!timingSafeEqual(digest(header(request, 'authorization') ?? ''), expected)) {
      return refuse(
        401,
        'Send the header `Authorization: Bearer <token>`, with the token from .local-aws/control-token.',
        { 'WWW-Authenticate': 'Bearer' },
      );
    }
    if (header(request, 'origin') !== undefined) {
      return refuse(403, 'Web pages may not use this: a request with an Origin header is refused.');
    }
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
  if (!/^application\/json\s*(;|$)/i.test(header(request, 'content-type') ?? '')) {
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

type Headers = Readonly<Record<string, string>>;

function refuse(status: number, message: string, headers?: Headers): AwsResponse {
  return answer(status, { message }, headers);
}

function answer(status: number, document: object, headers?: Headers): AwsResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(document),
  };
}

/** Has the same length for every text, so that the time of the comparison reveals nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
