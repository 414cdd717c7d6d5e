import {
  AccessDenied,
  ApiError,
  type AttemptedCall,
  ConnectionFailed,
  mayBeExecuted,
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

const KEY_REMEDY = 'Give an idempotencyKey, if the API honours it.';

/**
 * Answers that a repeated request can get because its first attempt was executed, and only the answer to it was lost. RFC 9110 lets clients repeat
 * these methods (section 9.2.2), and lets a server answer 2xx in place of 412 if it finds the change made (13.1.1); most servers do not.
 */
const OWN_EFFECT = /^(?:PUT|DELETE) (?:404|409|410|412)$/;

const OWN_EFFECT_REMEDY =
  'An earlier attempt of this call may have been executed, and this answer may be its effect: read the resource before you change it again.';

/** What to do if the time of the invocation ended the call. */
export function outOfTimeRemedy(call: AttemptedCall): string {
  const time =
    'Give the function a timeout of more than timeoutMs and marginMs together, and the time of repetitions.';
  if (!mayBeExecuted(call)) return time;
  return call.request.repeatable
    ? `An attempt may have been executed. ${time}`
    : `It may have been executed, so do not just send it again. ${KEY_REMEDY} ${time}`;
}

/** The error for a call whose last attempt ended with this outcome. */
export function toError(call: AttemptedCall, outcome: Outcome, serverTime: number): SignedFetchError {
  const { kind, reason } = outcome;
  const maybe = call.request.repeatable
    ? 'The last attempt may have been executed.'
    : `It may have been executed, so it was not repeated. ${KEY_REMEDY}`;
  if (kind === 'timed-out')
    return new RequestTimeout(call, reason, `${maybe} Raise timeoutMs if the API is slow.`);
  if (kind !== 'answered') {
    const unsent = mayBeExecuted(call) ? 'An earlier attempt may have been executed.' : 'Nothing was sent.';
    const remedy = kind === 'broken' ? maybe : `${unsent} Check baseUrl and the network.`;
    return new ConnectionFailed(call, reason, remedy, { reasonCode: outcome.code });
  }
  const { status, header, details } = outcome;
  if (!details)
    return new ResponseTooLarge(call, reason, 'Ask for less, or raise maxResponseBytes.', { status });
  const [, byStatus = ''] =
    REMEDIES.find(([type]) => type.test(`${status} ${details.errorType} ${details.reason}`)) ?? [];
  const isOwnEffect = OWN_EFFECT.test(`${call.request.method} ${status}`) && mayBeExecuted(call);
  const remedy = isInProgress(outcome) ? IN_PROGRESS_REMEDY : isOwnEffect ? OWN_EFFECT_REMEDY : byStatus;
  if (status === 429)
    return new Throttled(call, reason, remedy, { retryAfterMs: retryAfter(header, serverTime) });
  const Refusal = status === 403 ? AccessDenied : ApiError;
  return new Refusal(call, reason, remedy, { status, ...details });
}
