import type { Basis, Decision } from '@cross-account-api/iam';
import {
  meaningOf,
  type RefusalForm,
  type Remedy,
  readRefusal,
  refusalWords,
  smallestChange,
  verdictOf,
} from '@cross-account-api/iam/explanation';
import { emptyHash } from '../authentication/signing.ts';
import { describeFailure } from '../core/function-failure.ts';
import type { RecordedDecision } from '../trace/event.ts';
import type { FailureRecord, TraceRecord } from '../trace/record.ts';
import { compareSignatures, type SignatureComparison } from './signature-comparison.ts';

/** The reason for the answer to a request. */
export interface Explanation {
  readonly event: TraceRecord;
  readonly refused: boolean;
  readonly reason: string;
  /** Things to check, if something other than a policy refused the request. */
  readonly advice?: string | undefined;
  readonly decision?: Decision | undefined;
  /** The changes that together would allow it. */
  readonly remedies: readonly Remedy[];
  /** The latest similar request that was allowed after this refusal. */
  readonly succeeded?: TraceRecord | undefined;
  /** Whether the policies that are deployed now allow it. */
  readonly allowedNow?: boolean | undefined;
  readonly signature?: SignatureComparison | undefined;
  /** The line of the sources at which the function failed, e.g. `at load (services/api/src/messages.ts:3:7)`. */
  readonly location?: string;
  /** The sources are not the ones that ran, so the line is not known. */
  readonly sourcesDiffer?: true;
}

type Reason = Pick<Explanation, 'reason' | 'advice'>;

/** Whether a request was refused, or would have been without soft mode. Other failures are no refusals. */
export function isRefused(event: TraceRecord): boolean {
  if (event.softened === true) return true;
  if (event.status < 400) return false;
  const isTurnedAway = event.refusal !== undefined || [401, 403].includes(event.status);
  return isTurnedAway || hasNoRoute(event) || denialOf(event) !== undefined;
}

/**
 * Whether an API answered a function's call with an error that no policy decided, e.g. 400 for a message that it does not take. Other
 * requests are left out, and so is throttling: clients repeat these calls.
 */
export function isErrorOfApi(event: TraceRecord): boolean {
  const { service, status, parentRequestId, failure } = event;
  const isClientError = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const byFunction = service === 'execute-api' && parentRequestId !== undefined && failure === undefined;
  return isClientError && byFunction && !isRefused(event);
}

/** Explains a request. It needs no remedy if it `succeeded` later, or if the policies that are deployed `today` allow it. */
export function explainEvent(
  event: TraceRecord,
  succeeded?: TraceRecord,
  today?: Decision & Basis,
): Explanation {
  const base = { event, succeeded, refused: isRefused(event), remedies: [] };
  if (!base.refused) return { ...base, reason: outcomeOf(event) };
  if (event.refusal?.step === 'authentication') {
    const { failure } = event.refusal;
    return { ...base, ...explainFailure(failure), signature: compareSignatures(failure) };
  }
  const recorded = denialOf(event);
  if (recorded === undefined) return { ...base, ...explainUndecided(event) };
  const allowedNow = today?.allowed === true;
  const decision = today === undefined || allowedNow ? recorded : today;
  return {
    ...base,
    ...(allowedNow && { allowedNow }),
    reason: `${decision.principalArn} may not perform ${decision.action} on ${decision.resource}: ${verdictOf(decision)}.`,
    decision,
    remedies:
      succeeded === undefined && !allowedNow && hasBasis(decision) ? smallestChange(decision).remedies : [],
  };
}

/**
 * What a request that was refused, or whose function failed, needs to work, e.g. principal, action and resource.
 * A later request that proves it ({@link provenBy}) repairs the failure.
 */
export function neededBy(event: TraceRecord): string {
  const denial = denialOf(event);
  if (denial !== undefined) return subjectOf(denial);
  if (event.failure !== undefined) return `run ${event.failure.functionArn}`;
  return `${event.service} ${event.operation}`;
}

/** What a request has proven to work. */
export function provenBy({
  service,
  operation,
  status,
  softened,
  decisions,
  failure,
}: Pick<TraceRecord, 'service' | 'operation' | 'status' | 'softened' | 'decisions' | 'failure'>): string[] {
  if (status >= 400 || softened === true) return [];
  const run = decisions.filter(({ action }) => action === 'lambda:InvokeFunction' && failure === undefined);
  return [
    `${service} ${operation}`,
    ...decisions.map(subjectOf),
    ...run.map(({ resource }) => `run ${resource}`),
  ];
}

function subjectOf({ context, principalArn, action, resource }: Decision): string {
  return [context['aws:PrincipalArn'] ?? principalArn, action, resource].join(' ');
}

/** The decision that refused a request, if the record has the request and the policies on which it was made. */
export function refusedBy(event: TraceRecord): (Decision & Basis) | undefined {
  const denial = denialOf(event);
  return denial !== undefined && hasBasis(denial) ? denial : undefined;
}

function denialOf({ decisions }: TraceRecord): RecordedDecision | undefined {
  return decisions.findLast((decision) => !decision.allowed);
}

function hasBasis(decision: RecordedDecision): decision is Decision & Basis {
  return decision.request !== undefined && decision.policies !== undefined;
}

function outcomeOf(event: TraceRecord): string {
  const { status, errorCode, errorMessage, functionError, decisions, failure, principal } = event;
  if (failure !== undefined) return `It was allowed, and its function failed. ${describeFailure(failure)}`;
  const undecided = isOnOpenRoute(event)
    ? `Anybody may call ${event.operation}: the route has no authorizer, so IAM was not asked.`
    : 'It was allowed: nothing had to be decided.';
  // A service may have asked on its own behalf, e.g. API Gateway for the function.
  const isDecided = decisions.some(({ principalArn }) => principalArn === principal);
  const outcome = isDecided ? 'It was allowed.' : undecided;
  if (functionError !== undefined) return `${outcome} The function failed: its log says why.`;
  if (status < 400) return outcome;
  const error = [[status, errorCode].filter(Boolean).join(' '), errorMessage].filter(Boolean).join(': ');
  return `${outcome} It failed afterwards: ${error}`;
}

/** Whether an HTTP API has no route for a request. A REST API answers 403 instead. */
function hasNoRoute({ service, status, errorCode }: TraceRecord): boolean {
  return service === 'execute-api' && status === 404 && errorCode === 'NotFoundException';
}

/** Whether a request reached the integration of a route that IAM does not authorize. API Gateway's own refusals have an error code. */
function isOnOpenRoute({ service, principal, refusal, errorCode }: TraceRecord): boolean {
  return (
    service === 'execute-api' && principal === undefined && refusal === undefined && errorCode === undefined
  );
}

function explainUndecided(event: TraceRecord): Reason {
  const { errorCode, errorMessage, failure, operation, routes, service } = event;
  if (service === 'execute-api' && failure !== undefined) {
    const { advice } = refusalWords.authorizer;
    return { reason: `${operation}: ${describeFailure(failure)}`, advice: advice.join(' ') };
  }
  if (service === 'execute-api' && errorCode === 'UnauthorizedException') {
    return { reason: `${operation}: ${notJudged}`, advice: adviceNotJudged };
  }
  const form = formOfUndecided(event);
  if (form !== undefined) {
    const { means, advice } = refusalWords[form];
    const existing =
      routes && (routes.length === 0 ? 'The stage has no route.' : `The stage has ${routes.join(', ')}.`);
    return { reason: `${operation}: ${means}`, advice: [existing, ...advice].filter(Boolean).join(' ') };
  }
  const error = [errorCode ?? 'an error', 'before any policy was asked'].join(' ');
  return {
    reason: `It was refused with ${[error, errorMessage].filter(Boolean).join(': ')}`.replace(/\.?$/, '.'),
    advice: "The error's message, which the client has, says what the service wants.",
  };
}

const notJudged =
  'The route has an authorizer that is neither IAM nor a Lambda authorizer of a REST API, such as Cognito. Local AWS does not judge it and answers 401, whatever the request has. On AWS, the authorizer decides; a signature means nothing to it.';
const adviceNotJudged =
  'To try its function here, invoke it with the event that it would get. If IAM is meant to decide, set "authorizer: aws_iam" in the event of the route, and deploy.';

/** The kind of a refusal by API Gateway that came before any policy was asked. */
function formOfUndecided(event: TraceRecord): RefusalForm | undefined {
  const { service, errorCode } = event;
  if (isOnOpenRoute(event)) return 'open route';
  if (hasNoRoute(event)) return 'no such HTTP route';
  if (service === 'execute-api' && errorCode === 'MissingAuthenticationTokenException')
    return 'no such route';
  return service === 'execute-api' && errorCode === 'ForbiddenException' ? 'no such API' : undefined;
}

/** What local AWS knows of a request that is not authenticated, in the words for refusals. AWS's own message can be more exact. */
const forms: Readonly<Record<Exclude<FailureRecord['kind'], 'signature-mismatch'>, RefusalForm>> = {
  missing: 'not signed',
  incomplete: 'incomplete signature',
  ambiguous: 'two signatures',
  'unknown-key': 'unknown key',
  'invalid-token': 'foreign session token',
  'expired-token': 'token expired',
  'not-current': 'signature expired',
  'wrong-scope': 'scope service',
  'unsigned-header': 'unsigned header',
  'payload-mismatch': 'other body',
};

const emptyKey =
  'The request was signed with an empty access key: the variable that it comes from is probably not set.';
const keysOfLocalAws =
  'Keys live as long as the local AWS that issued them: `source .local-aws/env` again, or assume the role again.';

/** Whether a request has a body, and does not say the hash of the one that was signed. */
function mayHaveOtherBody({ canonicalRequest = '' }: FailureRecord): boolean {
  const saysHash = /^x-amz-content-sha256:/m.test(canonicalRequest);
  return !saysHash && !canonicalRequest.endsWith(`\n${emptyHash}`);
}

function explainFailure(failure: FailureRecord): Reason {
  const { kind, message = '', accessKeyId, clientMistake, mistakeNotSought } = failure;
  const key = ['access key', accessKeyId].filter(Boolean).join(' ');
  if (kind !== 'signature-mismatch') {
    const saysMore = kind === 'not-current' || kind === 'wrong-scope';
    const read = saysMore ? readRefusal(message) : undefined;
    const { means, advice } = meaningOf(read ?? { form: forms[kind] });
    const isOfKey = ['unknown-key', 'invalid-token', 'expired-token'].includes(kind);
    const what = kind === 'unknown-key' && !accessKeyId ? emptyKey : means;
    return {
      reason: [what, isOfKey && accessKeyId && `It is the ${key}.`, message.trim()].filter(Boolean).join(' '),
      advice: [...advice, kind === 'unknown-key' && keysOfLocalAws].filter(Boolean).join(' '),
    };
  }
  const reason = 'The signature does not match this request';
  if (clientMistake !== undefined) return { reason: `${reason}.`, advice: clientMistake.mistakes.join(' ') };
  if (mistakeNotSought === true) {
    return {
      reason: `${reason}. There were too many of them at once to look into this one.`,
      advice: 'Send it once more on its own, and explain that one.',
    };
  }
  if (mayHaveOtherBody(failure)) {
    return {
      reason: `${reason}, and no common mistake accounts for it. Its body can be another one than was signed, which nobody can see: the header x-amz-content-sha256, which says what was signed, is missing.`,
      advice: `Compare the hash of the body in the last line of the canonical request below with the one that the client signed. If they are the same, the ${key} was used with another key's secret.`,
    };
  }
  return {
    reason: `${reason}, and no common mistake accounts for it.`,
    advice: `The ${key} was most likely used with another key's secret. If not, compare the canonical request below with the one that the client signed.`,
  };
}
