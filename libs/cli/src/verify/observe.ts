import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import type { Observation, PlainRequest } from './probe.ts';

/** An HTTP response of an API. */
export interface ApiResponse {
  readonly status: number;
  /** `x-amzn-ErrorType` */
  readonly errorType: string | undefined;
  readonly body: string;
}

/** What the caller function returned. */
export interface FunctionResult {
  /** Absent if it returned. */
  readonly functionError?: string | undefined;
  readonly payload: unknown;
}

/** What a successful call says about itself. */
export interface Served {
  readonly callerArn: string;
  /** Of the request that was executed: a repetition has the ID of the first. */
  readonly requestId: string;
  readonly received: unknown;
}

/** Reads what Lambda returned for an invocation of the caller function. */
export function readResult({ FunctionError, Payload }: InvokeCommandOutput): FunctionResult {
  return { functionError: FunctionError, payload: parse(Payload?.transformToString() ?? '') };
}

/** The API's answer in the result of the caller function; `undefined` if the call did not succeed. */
export function servedBy({ functionError, payload }: FunctionResult): Served | undefined {
  const { status, body } = members(payload);
  const { caller, requestId, received } = members(body);
  const { arn } = members(caller);
  if (functionError !== undefined || status !== 200) return undefined;
  return { callerArn: text(arn), requestId: text(requestId), received };
}

/**
 * What a call of the caller function came to.
 * @param results of the call and its repetitions
 * @param role whom the API has to see
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
  const facts = [
    `as ${isSessionOf(first?.callerArn ?? '', role.arn) ? role.name : first?.callerArn || 'nobody'}`,
    body !== undefined && JSON.stringify(first?.received) !== body && 'another message was received',
    results.length > 1 && executions(served),
  ];
  return { outcome: '200', message: facts.filter(Boolean).join(', ') };
}

function executions(served: readonly Served[]): string {
  const count = new Set(served.map(({ requestId }) => requestId)).size;
  return count === 1 ? 'executed once' : `executed ${count} times`;
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

/** What an API answered. */
export function observeResponse({ status, errorType, body }: ApiResponse): Observation {
  const type = /^\w{1,60}(?=:|$)/.exec(errorType ?? '')?.[0];
  const { message, Message, detail } = members(parse(body));
  return {
    outcome: [status, type].filter(Boolean).join(' '),
    message: status < 400 ? '' : oneLine(text(message) || text(Message) || text(detail) || body),
  };
}

/** What an error of the AWS SDK says. */
export function observeError(error: unknown): Observation {
  if (!(error instanceof Error)) return { outcome: 'no answer', message: oneLine(String(error)) };
  const { httpStatusCode } = members('$metadata' in error ? error.$metadata : undefined);
  if (typeof httpStatusCode !== 'number') {
    const code = 'code' in error ? text(error.code) : '';
    return { outcome: 'no answer', message: oneLine(error.message || code || error.name) };
  }
  return { outcome: `${httpStatusCode} ${error.name}`, message: oneLine(error.message) };
}

/** Whether an ARN is that of a session of a role. A path in front of a role's name is not part of its sessions' ARNs. */
function isSessionOf(sessionArn: string, roleArn: string): boolean {
  const [, partition, accountId, name] =
    /^arn:([^:]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  return sessionArn.startsWith(`arn:${partition}:sts::${accountId}:assumed-role/${name}/`);
}

/**
 * The first line of what AWS says, up to 300 characters. Where a signature is wrong, the lines below it repeat the request
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
