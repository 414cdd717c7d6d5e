import type { Credential } from '../core/credential.ts';
import { type AwsRequest, header } from '../core/request.ts';
import type { AuthenticationFailure, AuthenticationOutcome, SignatureRules } from './outcome.ts';
import {
  testCredential as permanent,
  signRequest,
  temporaryTestCredential as temporary,
  testRules,
  testTime,
  type UnsignedRequest,
} from './signed-requests.testing.ts';
import { authenticate } from './verification.ts';

/** An API call, before it is signed. */
export const call: UnsignedRequest = {
  method: 'POST',
  rawPath: '/local/messages',
  rawQuery: 'a=1',
  headers: [['content-type', 'application/json']],
  body: '{}',
};

/** {@link call}, signed. */
export function signed(
  options: { expiresSeconds?: number; date?: Date } = {},
  credential: Credential = permanent,
): AwsRequest {
  return signRequest(call, credential, { service: 'execute-api', ...options });
}

/** Authenticates a request of the two test credentials. */
export function authenticateAt(
  now: Date,
  request: AwsRequest,
  rules: Partial<SignatureRules> = {},
): AuthenticationOutcome {
  const store = {
    findCredential: (id: string): Credential | undefined =>
      [permanent, temporary].find(({ accessKeyId }) => accessKeyId === id),
  };
  return authenticate(request, { ...testRules('execute-api'), ...rules }, store, { now: () => now });
}

/** Why a request is refused. Throws if it is not refused. */
export function failure(
  request: AwsRequest,
  rules: Partial<SignatureRules> = {},
  now = testTime,
): AuthenticationFailure {
  const outcome = authenticateAt(now, request, rules);
  if (outcome.authenticated) throw new Error('expected a failure, but the request was authenticated');
  return outcome.failure;
}

/** The request with another value of a header, or without it. */
export function withHeader(request: AwsRequest, name: string, value: string | undefined): AwsRequest {
  const others = request.headers.filter(([key]) => key !== name);
  return { ...request, headers: value === undefined ? others : [...others, [name, value]] };
}

/** The request with its `Authorization` edited. */
export function authorization(request: AwsRequest, edit: (value: string) => string): AwsRequest {
  return withHeader(request, 'authorization', edit(header(request, 'authorization') ?? ''));
}

/** The time that many seconds after signing. */
export function after(seconds: number): Date {
  return new Date(testTime.getTime() + seconds * 1000);
}
