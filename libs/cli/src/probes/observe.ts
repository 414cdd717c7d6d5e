import { isDeepStrictEqual } from 'node:util';
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { parseIamArn } from '@cross-account-api/iam';
import type { Observation, PlainRequest } from './probe.ts';

/** An HTTP response of an API. */
export interface ApiResponse {
  readonly status: number;
  /** `x-amzn-ErrorType` */
  readonly errorType: string | undefined;
  /** `x-amzn-RequestId` */
  readonly requestId?: string | undefined;
  readonly body: string;
}

/** The result of the caller function. */
export interface FunctionResult {
  /** Absent if it returned. */
  readonly functionError?: string | undefined;
  readonly payload: unknown;
}

/** The facts in a successful call's answer. Members that the API's answer does not have are absent. */
export interface Served {
  readonly status: number;
  readonly body: unknown;
  /** The caller, as the API saw it. */
  readonly callerArn?: string;
  /** The ID of the executed request: a repetition has the ID of the first. */
  readonly requestId?: string;
}

/** Reads Lambda's response to an invocation of the caller function. */
export function readResult({ FunctionError, Payload }: InvokeCommandOutput): FunctionResult {
  return { functionError: FunctionError, payload: parse(Payload?.transformToString() ?? '') };
}

/** The API's answer in the result of the caller function; `undefined` if the call did not succeed. */
export function servedBy({ functionError, payload }: FunctionResult): Served | undefined {
  const { status, body } = members(payload);
  if (functionError !== undefined || typeof status !== 'number' || status < 200 || status > 299)
    return undefined;
  const { caller, requestId } = members(body);
  const { arn } = members(caller);
  return {
    status,
    body,
    ...(typeof arn === 'string' && arn.startsWith('arn:') && { callerArn: arn }),
    ...(typeof requestId === 'string' && { requestId }),
  };
}

/**
 * Observes a call of the caller function. If the answer has them, the caller, the message and the request ID
 * are compared.
 * @param results of the call and its repetitions
 * @param role the role that the API must see
 */
export function observeCall(
  { body }: PlainRequest,
  results: readonly FunctionResult[],
  role: { readonly arn: string; readonly name: string },
): Observation {
  const served: Served[] = [];
  for (const result of results) {
    const one = servedBy(result);
    if (one === undefined) return observeFailedCall(result);
    served.push(one);
  }
  const [first] = served;
  const { callerArn } = first ?? {};
  if (callerArn !== undefined && !callerArn.startsWith(`${sessionsOf(role.arn)}/`)) {
    return { outcome: 'another identity', message: `as ${callerArn}` };
  }
  const { received } = members(first?.body);
  if (body !== undefined && received !== undefined && JSON.stringify(received) !== body) {
    return { outcome: 'another message', message: 'another message was received' };
  }
  if (!areOneExecution(served)) {
    return { outcome: 'executed twice', message: 'the repetition has another answer' };
  }
  const facts = [
    callerArn !== undefined && `as ${role.name}`,
    results.length > 1 && (first?.requestId === undefined ? 'answered alike' : 'executed once'),
  ];
  return { outcome: String(first?.status), message: facts.filter(Boolean).join(', ') };
}

/** Whether all answers belong to one request: they have the same request ID or, without IDs, are equal. */
function areOneExecution(served: readonly Served[]): boolean {
  const [first] = served;
  return served.every(({ status, body, requestId }) =>
    requestId !== undefined || first?.requestId !== undefined
      ? requestId === first?.requestId
      : isDeepStrictEqual([status, body], [first?.status, first?.body]),
  );
}

/**
 * Observes an invocation of the caller function with an event of the user. Only its owner knows what a right result is, except for a
 * batch: a result with `batchItemFailures` names the records that failed, and Lambda delivers them again.
 */
export function observeInvocation(event: unknown, result: FunctionResult): Observation {
  if (result.functionError !== undefined) return observeFailedCall(result);
  const failures = batchFailuresOf(event, result.payload);
  return failures === undefined
    ? { outcome: 'returned', message: '' }
    : { outcome: BATCH_FAILED, message: `${failures}. The function's log says why` };
}

/** The records of a batch that failed, by the answer of a function, for people. `undefined` if the answer names none. */
export function batchFailuresOf(event: unknown, answer: unknown): string | undefined {
  const { batchItemFailures } = members(answer);
  return Array.isArray(batchItemFailures) && batchItemFailures.length > 0
    ? describeBatch(event, batchItemFailures)
    : undefined;
}

const BATCH_FAILED = 'batch failures';

/** The identifiers that a message names. */
const MAX_NAMED = 3;

/**
 * If one of the identifiers is empty, Lambda takes the whole batch as failed.
 * Source: Lambda's Developer Guide, "Implementing partial batch responses" (2026-11).
 */
function describeBatch(event: unknown, failures: readonly unknown[]): string {
  const { Records } = members(event);
  const count = Array.isArray(Records) ? ` of ${Records.length}` : '';
  const identifiers = failures.map((failure) => oneLine(text(members(failure).itemIdentifier)));
  if (identifiers.some((identifier) => identifier === '')) {
    return 'batchItemFailures has an entry without itemIdentifier, so Lambda takes the whole batch as failed';
  }
  const further = identifiers.length > MAX_NAMED ? ', …' : '';
  const named = identifiers.slice(0, MAX_NAMED).join(', ');
  return `batchItemFailures names ${identifiers.length}${count} records: ${named}${further}`;
}

/** The caller function throws errors of signed-fetch (`…: answered 403: <type>: <words>`) and of assume-role. */
function observeFailedCall({ functionError = 'no error', payload }: FunctionResult): Observation {
  const { errorType, errorMessage, status } = members(payload);
  const [line = ''] = text(errorMessage).split('\n', 1);
  const answered = /: answered (\d{3})(?:: (\w+(?:Exception|Error)))?(?:: (.*))?$/.exec(line);
  if (answered !== null) {
    const [, code = '', type, words = ''] = answered;
    return { outcome: [code, type].filter(Boolean).join(' '), message: words };
  }
  return { outcome: text(errorType) || text(status) || functionError, message: line };
}

/** Observes an API's answer. */
export function observeResponse({ status, errorType, body }: ApiResponse): Observation {
  const type = /^\w{1,60}(?=:|$)/.exec(errorType ?? '')?.[0];
  const { message, Message, detail } = members(parse(body));
  return {
    outcome: [status, type].filter(Boolean).join(' '),
    message: status < 400 ? '' : oneLine(text(message) || text(Message) || text(detail) || body),
  };
}

/** Observes an error of the AWS SDK. */
export function observeError(error: unknown): Observation {
  if (!(error instanceof Error)) return { outcome: 'no answer', message: oneLine(String(error)) };
  const { httpStatusCode } = members('$metadata' in error ? error.$metadata : undefined);
  if (typeof httpStatusCode !== 'number') {
    const code = 'code' in error ? text(error.code) : '';
    return { outcome: 'no answer', message: oneLine(error.message || code || error.name) };
  }
  return { outcome: `${httpStatusCode} ${error.name}`, message: oneLine(error.message) };
}

/**
 * The prefix of the ARNs of a role's sessions, before `/` and the session's name. The path of a role is not part
 * of them.
 * @example sessionsOf('arn:aws:iam::111111111111:role/team/invoke') // 'arn:aws:sts::111111111111:assumed-role/invoke'
 */
export function sessionsOf(roleArn: string): string {
  const role = parseIamArn(roleArn);
  return role?.kind === 'role'
    ? `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}`
    : roleArn;
}

/**
 * The first line of AWS's message, up to 300 characters. If a signature is wrong, the lines below it repeat the request
 * with its session token.
 */
function oneLine(said: string): string {
  const [line = ''] = said.trim().split(/[\r\n]/, 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 300);
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
