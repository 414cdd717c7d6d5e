import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type AttemptedCall, InvalidResponse } from './errors.ts';
import type { Problem, RawResponse, ReadResponse } from './outcome.ts';
import { propertiesOf } from './properties.ts';
import { hideSecrets, matches, start } from './text.ts';

/** A successful response, with its whole body: 2xx, or 304 to a request with a condition. With `anyStatus`, any response. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** API Gateway's request ID, which a client of a REST API can choose (`x-amzn-RequestId`). */
  readonly requestId: string | undefined;
  /** The ID that only API Gateway chooses (`x-amz-apigw-id`). An HTTP API has one ID only: it is the same. */
  readonly extendedRequestId: string | undefined;
  /** The number of requests, with the successful one: the length of an error's `attempts`. */
  readonly attempts: number;
  /** The body as UTF-8 text. */
  text(): string;
}

/** A successful response with its body parsed. */
export interface JsonResponse<Body = unknown> extends Omit<ApiResponse, 'body' | 'text'> {
  readonly body: Body;
}

/** A call that was answered with success, or with any status if it may be. */
export interface AnsweredCall extends AttemptedCall {
  readonly answer: ReadResponse & { readonly body: Uint8Array };
  /** Texts to hide if the response repeats them. */
  readonly secrets: readonly string[];
}

/** The part of an error response that is read. */
const MAX_ERROR_BYTES = 2 ** 18;

/** The largest body that an error keeps. */
const MAX_KEPT_BYTES = 2 ** 16;

const decoder = new TextDecoder();

/** Decodes UTF-8. */
export function textOf(body: Uint8Array): string {
  return decoder.decode(body);
}

/**
 * Reads a response. If an error response repeats a secret, its body is not shown.
 * @param conditional whether 304 is a success
 */
export function readResponse(
  response: RawResponse,
  {
    maxResponseBytes: maxBytes,
    conditional,
  }: { readonly maxResponseBytes: number; readonly conditional: boolean },
  secrets: readonly string[],
): ReadResponse {
  const { status, header, body } = response;
  const isSuccess = (status >= 200 && status < 300) || (conditional && status === 304);
  const details = body && !isSuccess ? readError(response, body, secrets) : undefined;
  const problem = body ? details?.reason : `more than ${maxBytes} bytes`;
  const reason = `answered ${[status, details?.errorType, problem].filter(Boolean).join(': ')}`;
  // Of a REST API, or an HTTP API. A longer text could be a secret that the API repeats.
  const idIn = (name: string) =>
    [name, 'apigw-requestid'].map(header).find((id) => matches(id, /^[\w=-]{1,36}$/));
  return {
    ...response,
    kind: 'answered',
    reason,
    requestId: idIn('x-amzn-requestid'),
    extendedRequestId: idIn('x-amz-apigw-id'),
    details,
  };
}

function readError(
  { status, header, makeHeaders }: RawResponse,
  body: Uint8Array,
  secrets: readonly string[],
) {
  // The search for secrets takes time, and longer errors are not read.
  const text = hideSecrets(textOf(body.subarray(0, MAX_ERROR_BYTES)), secrets);
  const location = status < 400 ? header('location') : undefined;
  const parsed = parse(text);
  const isObject = parsed instanceof Object && !Array.isArray(parsed);
  const json: Problem | undefined = isObject ? { ...parsed } : undefined;
  // Other members can hold personal data, and loggers write the reason.
  const unread = parsed instanceof Object ? 'JSON without a message: error.body has it' : start(text);
  const said =
    [...MESSAGES.map((name) => json?.[name]), propertiesOf(json?.error).message].find((one) =>
      matches(one, /./s),
    ) ?? (location ? `a redirect to ${hideSecrets(location, secrets)}` : unread);
  // If a signature is wrong, API Gateway appends the text that was to be signed.
  const [own = ''] = said.split('The Canonical String', 1);
  return {
    errorType: /^\w{1,60}(?=:|$)/.exec(header('x-amzn-errortype') ?? '')?.[0],
    reason: start(own, 1_000) || 'no reason given',
    problem: matches(header('content-type'), /^application\/problem\+json\b/i) ? json : undefined,
    json: body.length > MAX_KEPT_BYTES ? undefined : parsed,
    makeHeaders: () => {
      const headers = makeHeaders();
      for (const [name, value] of [...headers])
        if (hideSecrets(value, secrets) !== value) headers.delete(name);
      return headers;
    },
  };
}

/** The members in which APIs say what went wrong: those of AWS, of RFC 9457, of OAuth (RFC 6749), of Lambda, and others' `error`. */
const MESSAGES = ['message', 'Message', 'detail', 'title', 'error_description', 'errorMessage', 'error'];

/**
 * Parses a body, and returns the output of the schema.
 * @param read JSON by default, of which an empty body is `undefined`
 */
export async function parseBody(
  call: AnsweredCall,
  schema?: StandardSchemaV1,
  read: (body: Uint8Array) => unknown = (body) => parse(textOf(body)),
): Promise<unknown> {
  const { status, body } = call.answer;
  const text = textOf(body);
  const invalid = (problem: string) => {
    const begin = hideSecrets(start(text), call.secrets);
    const what = hideSecrets(start(problem, 1_000), call.secrets);
    return new InvalidResponse(
      call,
      `answered ${status}, but ${what}. The body begins with ${JSON.stringify(begin)}`,
      'The request was executed. Check baseUrl, path and schema.',
      { status, start: begin },
    );
  };
  const value = read(body);
  if (value === undefined && text !== '') throw invalid('not with JSON');
  if (schema === undefined) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => {
    const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
  throw invalid(`not as the schema says (${issues.join('; ')})`);
}

/** Parses JSON; returns `undefined` for anything else. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
