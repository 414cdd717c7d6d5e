import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { AwsError } from '../core/errors.ts';
import type { CredentialStore } from '../core/principal.ts';
import type { AwsResponse, Severed } from '../core/request.ts';
import type { Fault, RequestFacts } from '../faults/next-fault.ts';
import { throttlingError } from '../faults/throttling.ts';

/** Where the pipeline gets its faults from. */
export interface RequestFaults {
  /** The fault for a request, where there is to be one. */
  next(facts: RequestFacts): Fault | undefined;
  /** The fault that struck the function that a request invoked. */
  take(requestId: string): Fault | undefined;
  /** Lets the session with this access key expire, or makes its token invalid. */
  endSession(accessKeyId: string, how: 'expire' | 'revoke'): void;
}

/** What authentication reckons with. */
interface Surroundings {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
}

/**
 * The server's clock under a fault: shifted for signatures, and nothing else. Sessions move with it, or a clock that is
 * ahead would not show as a skewed clock, but as a session that has expired.
 */
export function underSkew(fault: Fault | undefined, { clock, credentials }: Surroundings): Surroundings {
  if (fault?.type !== 'skew') return { clock, credentials };
  const shift = (date: Date) => new Date(date.getTime() + fault.seconds * 1000);
  return {
    clock: { now: () => shift(clock.now()) },
    credentials: {
      findCredential(accessKeyId) {
        const credential = credentials.findCredential(accessKeyId);
        if (credential?.expiresAt === undefined) return credential;
        return { ...credential, expiresAt: shift(credential.expiresAt) };
      },
    },
  };
}

/**
 * What a fault does before a request is looked at.
 * @returns the end of it, where the connection is dropped
 */
export async function strikeArrival(
  fault: Fault | undefined,
  accessKeyId: string | undefined,
  faults: RequestFaults,
): Promise<Severed | undefined> {
  switch (fault?.type) {
    case 'delay':
      if (fault.when !== 'after') await wait(fault.ms);
      return undefined;
    case 'drop-before':
      return { severed: true };
    case 'expire-session':
    case 'revoke-session':
      if (accessKeyId !== undefined)
        faults.endSession(accessKeyId, fault.type === 'expire-session' ? 'expire' : 'revoke');
      return undefined;
    default:
      return undefined;
  }
}

/** The error that takes the place of an answer. @param when before the request is carried out, or after */
export function struckError(
  fault: Fault | undefined,
  when: 'before' | 'after',
  service: string,
): AwsError | undefined {
  if (fault?.type === 'throttle' && when === 'before') return throttlingError(service);
  if (fault?.type !== 'error' || (fault.when ?? 'before') !== when) return undefined;
  const message = fault.message ?? 'The service is not available. (A fault of the fault plan.)';
  return new AwsError(fault.code, message, fault.status);
}

/** What a fault does to the answer of a request. */
export async function strikeAnswer(
  fault: Fault | undefined,
  response: AwsResponse,
  clock: Clock,
): Promise<AwsResponse | Severed> {
  switch (fault?.type) {
    case 'delay':
      if (fault.when === 'after') await wait(fault.ms);
      return response;
    case 'drop-after':
      return { severed: true };
    case 'cut': {
      const afterBytes = fault.afterBytes ?? Math.floor(Buffer.byteLength(response.body) / 2);
      return { severed: true, response, afterBytes };
    }
    case 'skew':
      return withHeader(
        response,
        'Date',
        new Date(clock.now().getTime() + fault.seconds * 1000).toUTCString(),
      );
    case 'error':
    case 'throttle':
      if (fault.retryAfterSeconds === undefined || response.status < 400) return response;
      return withHeader(response, 'Retry-After', String(fault.retryAfterSeconds));
    default:
      return response;
  }
}

/** The machine's time, whatever the server's is. A wait keeps no process alive. */
async function wait(ms: number): Promise<void> {
  await sleep(ms, undefined, { ref: false });
}

function withHeader(response: AwsResponse, name: string, value: string): AwsResponse {
  const others = Object.entries(response.headers).filter(
    ([other]) => other.toLowerCase() !== name.toLowerCase(),
  );
  return { ...response, headers: { ...Object.fromEntries(others), [name]: value } };
}
