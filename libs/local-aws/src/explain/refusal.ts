import type { Decision } from '../authorization/decision.ts';
import { type Remedy, remediesFor, roleIsMissing } from '../authorization/index.ts';
import type { FailureRecord, TraceRecord } from '../trace/record.ts';
import { compareSignatures, type SignatureComparison } from './signature-comparison.ts';

/** Why a request was answered as it was. */
export interface Explanation {
  readonly event: TraceRecord;
  readonly refused: boolean;
  /** The reason in one sentence. */
  readonly reason: string;
  /** What to check, where no policy refused it. */
  readonly advice?: string;
  /** The decision that refused it. */
  readonly decision?: Decision;
  /** What would have let that decision allow it, all of it together. */
  readonly remedies: readonly Remedy[];
  /** The latest request that was allowed the same, or was the same and succeeded, after this one was refused. */
  readonly succeeded?: TraceRecord;
  readonly signature?: SignatureComparison;
}

/** Whether a request was turned away, rather than failed or answered. */
export function isRefused(event: TraceRecord): boolean {
  if (event.status < 400) return false;
  return event.refusal !== undefined || [401, 403].includes(event.status) || deniedOf(event) !== undefined;
}

/**
 * Explains a request: why it was refused, or that it was let through.
 * @param succeeded see {@link Explanation.succeeded}: nothing remains to be remedied then
 */
export function explainEvent(event: TraceRecord, succeeded?: TraceRecord): Explanation {
  const refused = isRefused(event);
  const base = { event, refused, remedies: [], ...(succeeded === undefined ? {} : { succeeded }) };
  if (!refused) return { ...base, reason: reasonOfOthers(event) };
  if (event.refusal?.step === 'authentication') {
    const { failure } = event.refusal;
    const signature = compareSignatures(failure);
    return {
      ...base,
      ...explainFailure(failure),
      ...(signature === undefined ? {} : { signature }),
    };
  }
  const decision = deniedOf(event);
  if (decision === undefined) return { ...base, ...explainUnasked(event) };
  const remedies = succeeded === undefined ? remediesFor(decision) : [];
  return { ...base, reason: reasonOf(decision), decision, remedies };
}

/** One sentence on a decision, with the ARNs that it is about. */
export function reasonOf(decision: Decision): string {
  const { principalArn, action, resource } = decision;
  const question = `perform ${action} on ${resource}`;
  if (decision.allowed) return `${principalArn} may ${question}.`;
  if (roleIsMissing(decision)) return `${principalArn} may not ${question}: there is no such role.`;
  return decision.denial === 'explicit'
    ? `A policy forbids ${principalArn} to ${question}.`
    : `No ${decision.missing} lets ${principalArn} ${question}.`;
}

/**
 * What a request was about. A later request that succeeded shows that a refusal is repaired if it has one of the
 * refusal's subjects.
 */
export function subjectsOf(event: TraceRecord): readonly string[] {
  const denied = deniedOf(event);
  if (denied !== undefined) return [subjectOf(denied)];
  return [`${event.service} ${event.operation}`, ...event.decisions.map(subjectOf)];
}

function subjectOf({ context, principalArn, action, resource }: Decision): string {
  return [context['aws:PrincipalArn'] ?? principalArn, action, resource].join(' ');
}

function deniedOf({ decisions }: TraceRecord): Extract<Decision, { allowed: false }> | undefined {
  return decisions.findLast((decision) => !decision.allowed);
}

function reasonOfOthers({ status, errorCode, errorMessage, decisions }: TraceRecord): string {
  const outcome =
    decisions.length === 0 ? 'It was let through; nothing had to be decided.' : 'It was allowed.';
  if (status < 400) return outcome;
  const failure = [status, errorCode].filter((part) => part !== undefined).join(' ');
  return `${outcome} It failed afterwards: ${failure}${errorMessage === undefined ? '' : `: ${errorMessage}`}`;
}

/** Refusals that come before any policy is asked. */
function explainUnasked({
  service,
  errorCode,
  errorMessage,
  operation,
}: TraceRecord): Pick<Explanation, 'reason' | 'advice'> {
  if (service === 'execute-api' && errorCode === 'MissingAuthenticationTokenException') {
    return {
      reason: `The API has no route for ${operation}: API Gateway answers an unknown path or method like a request without a signature.`,
      advice: 'Compare method and path with the routes that are deployed, or deploy the route.',
    };
  }
  if (service === 'execute-api' && errorCode === 'ForbiddenException') {
    return {
      reason: `There is no such API or stage: nothing answers ${operation}.`,
      advice:
        "Compare the URL with the api stack's output ApiUrl: the host names the API, the first segment the stage.",
    };
  }
  return {
    reason:
      `It was refused with ${errorCode ?? 'an error'} before any policy was asked${errorMessage === undefined ? '' : `: ${errorMessage}`}`.replace(
        /\.?$/,
        '.',
      ),
    advice: "The error's message, which the client has, says what the service wants.",
  };
}

function noOwnerOf(accessKeyId: string | undefined): string {
  return accessKeyId === undefined || accessKeyId === ''
    ? 'The request was signed with an empty access key: the variable that it comes from is probably not set.'
    : `No user and no session of local AWS has the access key ${accessKeyId}.`;
}

function explainFailure(failure: FailureRecord): Pick<Explanation, 'reason' | 'advice'> {
  const key = failure.accessKeyId === undefined ? 'The access key' : `The access key ${failure.accessKeyId}`;
  const said = failure.message === undefined ? '' : ` ${failure.message.trim()}`;
  switch (failure.kind) {
    case 'missing':
      return {
        reason: 'The request is not signed.',
        advice: 'Sign it with Signature Version 4, e.g. with aws4fetch, an AWS SDK, or curl --aws-sigv4.',
      };
    case 'incomplete':
      return {
        reason: `The signature is not complete.${said}`,
        advice: 'Leave signing to a library; no proxy in between may rewrite the Authorization header.',
      };
    case 'ambiguous':
      return {
        reason: `The request has two signatures.${said}`,
        advice: 'Sign in the header or in the query, not in both.',
      };
    case 'unknown-key':
      return {
        reason: noOwnerOf(failure.accessKeyId),
        advice:
          'Keys live as long as the local AWS that issued them: `source .local-aws/env` again, or assume the role again.',
      };
    case 'invalid-token':
      return {
        reason: `${key} came without its session token, or with another's.`,
        advice: 'Send x-amz-security-token with the three parts of one and the same set of credentials.',
      };
    case 'expired-token':
      return {
        reason: `${key} has expired.`,
        advice: 'Fetch fresh credentials before they end: the assumeRole middleware does so by itself.',
      };
    case 'not-current':
      return {
        reason: `The request was not signed just now.${said}`,
        advice:
          "Sign each request when it is sent, retries too, and check the clock of the client's machine.",
      };
    case 'wrong-scope':
      return {
        reason: `The credential scope is another one's.${said}`,
        advice: 'Sign for the region and service that the request is sent to.',
      };
    case 'unsigned-header':
      return {
        reason: `A header that has to be signed is not.${said}`,
        advice: 'Sign host and every x-amz-* header that is sent; add none after signing.',
      };
    case 'payload-mismatch':
      return {
        reason: `The body is not the one that was signed.${said}`,
        advice: 'Sign the very bytes that are sent.',
      };
    case 'signature-mismatch':
      return explainMismatch(failure, key);
  }
}

function explainMismatch(
  { clientMistake, mistakeNotSought }: FailureRecord,
  key: string,
): Pick<Explanation, 'reason' | 'advice'> {
  if (clientMistake !== undefined) {
    return {
      reason: 'The signature is not the one that this request has.',
      advice: clientMistake.mistakes.join(' '),
    };
  }
  if (mistakeNotSought === true) {
    return {
      reason:
        'The signature is not the one that this request has. There were so many of them at once that this one was not looked into.',
      advice: 'Send it once more on its own, and explain that one.',
    };
  }
  return {
    reason: 'The signature is not the one that this request has, and no common mistake accounts for it.',
    advice: `${key} was most likely used with another key's secret. If not, compare the canonical request below with the one that the client signed.`,
  };
}
