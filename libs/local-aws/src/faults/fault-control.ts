import { createHash, timingSafeEqual } from 'node:crypto';
import { type AwsRequest, type AwsResponse, header } from '../core/request.ts';
import type { FaultInjector } from './fault-injector.ts';
import { FaultPlanError } from './plan.ts';

/** The path at which the fault plan is read (GET), replaced (PUT, JSON) and cleared (DELETE). */
export const FAULTS_PATH = '/_local-aws/faults';

const MAX_PLAN_BYTES = 256 * 1024;

/**
 * Makes what answers {@link FAULTS_PATH}. Only who can read the token in the state directory may use it; a web page can
 * neither read that nor send it, as no answer grants anything to other origins.
 * @param token at least 16 characters
 * @returns `undefined` for any other path
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
      return answer(
        401,
        'Needs the header `Authorization: Bearer <token>`, with the token from .local-aws/control-token.',
        { 'WWW-Authenticate': 'Bearer' },
      );
    }
    if (header(request, 'origin') !== undefined) {
      return answer(403, 'Is not for web pages: a request with an Origin header is refused.');
    }
    switch (request.method) {
      case 'GET':
        break;
      case 'DELETE':
        faults.clear();
        break;
      case 'PUT': {
        const problem = replace(faults, request);
        if (problem !== undefined) return problem;
        break;
      }
      default:
        return answer(405, `${FAULTS_PATH} takes GET, PUT and DELETE.`, { Allow: 'GET, PUT, DELETE' });
    }
    return respond(200, faults.report());
  };
}

function replace(faults: FaultInjector, request: AwsRequest): AwsResponse | undefined {
  if (!/^application\/json\s*(;|$)/i.test(header(request, 'content-type') ?? '')) {
    return answer(415, 'A fault plan is sent as Content-Type: application/json.');
  }
  if (request.body.length > MAX_PLAN_BYTES) {
    return answer(
      413,
      `A fault plan has at most ${MAX_PLAN_BYTES} bytes; this one has ${request.body.length}.`,
    );
  }
  let plan: unknown;
  try {
    plan = JSON.parse(request.body.toString('utf8'));
  } catch (error) {
    return answer(400, `The fault plan is not JSON: ${error instanceof Error ? error.message : 'malformed'}`);
  }
  try {
    faults.set(plan);
    return undefined;
  } catch (error) {
    if (error instanceof FaultPlanError) return answer(400, error.message);
    throw error;
  }
}

function answer(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): AwsResponse {
  return respond(status, { message }, headers);
}

function respond(
  status: number,
  document: object,
  headers: Readonly<Record<string, string>> = {},
): AwsResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(document),
  };
}

/** Of equal length whatever was sent, so that the comparison tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
