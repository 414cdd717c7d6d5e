import { setTimeout as sleep } from 'node:timers/promises';
import { scopeOf } from '../authentication/read-signature.ts';
import type { Clock } from '../core/clock.ts';
import { type CredentialStore, expiringLater } from '../core/credential.ts';
import { defined } from '../core/defined.ts';
import { AwsError } from '../core/errors.ts';
import type { AwsResponse, Severed } from '../core/request.ts';
import type { Fault, FaultInjector, RequestFacts } from '../faults/fault-injector.ts';
import type { AddressedRequest, Responder, Surroundings } from './answer.ts';
import { currentRequest } from './request-scope.ts';

/** Lets the session with this access key expire, or makes its token invalid. */
export type EndSession = (accessKeyId: string, how: 'expire' | 'revoke') => void;

/** Wraps a pipeline: injects the faults of the fault plan into its requests. */
export function withFaults(answer: Responder, faults: FaultInjector, endSession: EndSession): Responder {
  return async (addressed, surroundings) => {
    const fault = faults.next(() => factsOf(addressed, surroundings.credentials));
    if (fault === undefined) return answer(addressed, surroundings);
    const scope = currentRequest();
    scope?.faults.push(fault);
    if (scope !== undefined && fault.type === 'propagation') scope.lagMs = fault.ms;
    if (fault.type === 'drop-before') return { response: undefined, sent: { severed: true } };
    await beforeRequest(fault, addressed, endSession);
    const outcome = await answer(addressed, {
      ...(fault.type === 'skew' ? skewedSurroundings(fault.seconds, surroundings) : surroundings),
      async dispatch(route, call) {
        injectError(fault, 'before', addressed.endpoint.signingName);
        const response = await surroundings.dispatch(route, call);
        injectError(fault, 'after', addressed.endpoint.signingName);
        return response;
      },
    });
    if (outcome.response === undefined) return outcome;
    return { ...outcome, sent: await changedResponse(fault, outcome.response, surroundings.clock) };
  };
}

function factsOf(addressed: AddressedRequest, credentials: CredentialStore): RequestFacts {
  const accessKeyId = scopeOf(addressed.request)?.accessKeyId;
  const credential = accessKeyId === undefined ? undefined : credentials.findCredential(accessKeyId);
  return {
    service: addressed.endpoint.signingName,
    operation: addressed.operation,
    hasSession: credential?.sessionToken !== undefined,
    ...defined({
      account: addressed.accountId ?? credential?.principal.accountId,
      principal: credential?.principal.arn,
    }),
  };
}

async function beforeRequest(fault: Fault, { request }: AddressedRequest, end: EndSession): Promise<void> {
  if (fault.type === 'delay' && fault.when !== 'after') await wait(fault.ms);
  if (fault.type !== 'expire-session' && fault.type !== 'revoke-session') return;
  const accessKeyId = scopeOf(request)?.accessKeyId;
  if (accessKeyId !== undefined) end(accessKeyId, fault.type === 'expire-session' ? 'expire' : 'revoke');
}

/** The expiry of sessions moves with the clock. Otherwise, a clock that is ahead would end sessions. */
function skewedSurroundings(seconds: number, surroundings: Surroundings): Surroundings {
  const { clock, credentials } = surroundings;
  const ms = seconds * 1000;
  return {
    ...surroundings,
    clock: { now: () => new Date(clock.now().getTime() + ms) },
    credentials: {
      findCredential: (accessKeyId) => expiringLater(credentials.findCredential(accessKeyId), ms),
    },
  };
}

function injectError(fault: Fault, when: 'before' | 'after', service: string): void {
  if (fault.type === 'throttle' && when === 'before') throw throttlingError(service);
  if (fault.type !== 'error' || (fault.when ?? 'before') !== when) return;
  const message = fault.message ?? 'The service is not available. (A fault of the fault plan.)';
  throw new AwsError(fault.code, message, fault.status);
}

type Throttling = readonly [code: string, status: number, message: string];

const tooManyRequests: Throttling = ['TooManyRequestsException', 429, 'Too Many Requests'];
/** The services whose throttling error is not the usual one. */
const SERVICES: Readonly<Record<string, Throttling>> = {
  // API Gateway's THROTTLED response.
  'execute-api': tooManyRequests,
  apigateway: tooManyRequests,
  lambda: ['TooManyRequestsException', 429, 'Rate Exceeded.'],
  s3: ['SlowDown', 503, 'Please reduce your request rate.'],
  dynamodb: ['ThrottlingException', 400, 'Rate of requests exceeds the allowed throughput.'],
  logs: ['ThrottlingException', 400, 'Rate exceeded'],
};

/** The error with which a service throttles. Source: "Common Errors" in each service's API reference. */
function throttlingError(service: string): AwsError {
  const [code, status, message] = SERVICES[service] ?? ['Throttling', 400, 'Rate exceeded'];
  return new AwsError(code, message, status);
}

async function changedResponse(
  fault: Fault,
  response: AwsResponse,
  clock: Clock,
): Promise<AwsResponse | Severed> {
  switch (fault.type) {
    case 'delay':
      if (fault.when === 'after') await wait(fault.ms);
      return response;
    case 'drop-after':
      return { severed: true };
    case 'cut': {
      const afterBytes = fault.afterBytes ?? Math.floor(Buffer.byteLength(response.body) / 2);
      return { severed: true, response, afterBytes };
    }
    case 'skew': {
      const now = new Date(clock.now().getTime() + fault.seconds * 1000);
      return withHeader(response, 'Date', now.toUTCString());
    }
    case 'error':
    case 'throttle':
      if (fault.retryAfterSeconds === undefined || response.status < 400) return response;
      return withHeader(response, 'Retry-After', String(fault.retryAfterSeconds));
    default:
      return response;
  }
}

/** Waits by the machine's clock, not by the server's. Does not keep the process alive. */
const wait = (ms: number) => sleep(ms, undefined, { ref: false });

function withHeader(response: AwsResponse, name: string, value: string): AwsResponse {
  const others = Object.entries(response.headers).filter(
    ([other]) => other.toLowerCase() !== name.toLowerCase(),
  );
  return { ...response, headers: { ...Object.fromEntries(others), [name]: value } };
}
