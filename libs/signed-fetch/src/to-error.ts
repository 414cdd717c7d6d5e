import {
  AccessDenied,
  ApiError,
  type Attempt,
  type AttemptedCall,
  ConnectionFailed,
  RequestTimeout,
  ResponseTooLarge,
  type SignedFetchError,
  Throttled,
} from './errors.ts';
import type { Outcome } from './outcome.ts';
import { isInProgress, retryAfter } from './retry.ts';

/** The remedy for an error response, by its status, API Gateway's error type (or `undefined`) and its words. The first match counts. */
const REMEDIES: readonly [RegExp, remedy: string][] = [
  [
    /^304/,
    'Only a GET or HEAD with If-None-Match or If-Modified-Since may be answered 304. Look into the API.',
  ],
  [/^3/, 'Redirects are not followed. Correct baseUrl.'],
  [
    /^403 .*Credential should be scoped to correct service/,
    'This package signs for API Gateway (execute-api) only. Correct baseUrl.',
  ],
  [/^403 .*Credential should be scoped to a valid region/, 'Set region to the region of the API.'],
  [/^403 AccessDenied/, 'Check the policies of role, session and API.'],
  [/^403 (?:MissingAuth|Forbidden)/, 'Check baseUrl, method, path and firewalls.'],
  [/^403 (?:ExpiredToken|UnrecognizedClient)/, 'Check where the credentials come from.'],
  [/^403 InvalidSignature/, 'Check region, secret key, clock and proxies.'],
  [
    /^403 undefined Forbidden$/,
    'An HTTP API answers so if it refuses the policies or the signature: check both, and region. Its function can answer so, too.',
  ],
  [/^403/, 'The API itself decided so.'],
  [/^409/, 'It conflicts with what the API has already done.'],
  [/^429/, 'Call less often, or raise the limits of the API.'],
  [/^4/, 'Change the request.'],
  [/^/, 'The API failed. Look into its logs.'],
];

/** The remedy if the first request with the key has not ended yet. */
export const IN_PROGRESS_REMEDY =
  'The first request with this idempotencyKey is still being executed. Call again later, with the same key.';

/** The error for a call whose last attempt ended with this outcome. */
export function toError(call: AttemptedCall, outcome: Outcome, serverTime: number): SignedFetchError {
  const { kind, reason } = outcome;
  const maybe = call.request.repeatable
    ? 'The last attempt may have been executed.'
    : 'It may have been executed, so it was not repeated. Give an idempotencyKey, if the API honours it.';
  if (kind === 'timed-out')
    return new RequestTimeout(call, reason, `${maybe} Raise timeoutMs if the API is slow.`);
  if (kind !== 'answered') {
    const maybeExecuted = call.attempts.some(mayBeExecuted);
    const unsent = maybeExecuted ? 'An earlier attempt may have been executed.' : 'Nothing was sent.';
    const remedy = kind === 'broken' ? maybe : `${unsent} Check baseUrl and the network.`;
    return new ConnectionFailed(call, reason, remedy, { reasonCode: outcome.code, maybeExecuted });
  }
  const { status, header, details } = outcome;
  if (!details)
    return new ResponseTooLarge(call, reason, 'Ask for less, or raise maxResponseBytes.', { status });
  const [, byStatus = ''] =
    REMEDIES.find(([type]) => type.test(`${status} ${details.errorType} ${details.reason}`)) ?? [];
  const remedy = isInProgress(outcome) ? IN_PROGRESS_REMEDY : byStatus;
  if (status === 429)
    return new Throttled(call, reason, remedy, { retryAfterMs: retryAfter(header, serverTime) });
  const Refusal = status === 403 ? AccessDenied : ApiError;
  return new Refusal(call, reason, remedy, { status, ...details });
}

/** Whether the API may have executed the request of an attempt: it did not refuse or throttle it. */
function mayBeExecuted({ outcome, status }: Attempt): boolean {
  return outcome !== 'not-sent' && status !== 403 && status !== 429;
}
