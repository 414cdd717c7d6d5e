import { type AttemptedCall, InvalidResponse } from './errors.ts';
import { decodeHex, matches } from './request.ts';
import type { Answer } from './retry.ts';
import type { RawResponse, ReceivedHeaders } from './transport.ts';

/** A successful response, with its whole body: 2xx, or 304. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** API Gateway's request ID. */
  readonly requestId: string | undefined;
  /** How many requests it took, the successful one included. */
  readonly attempts: number;
  /** The body as UTF-8 text. */
  text(): string;
}

/** A successful response with its body parsed. */
export interface JsonResponse<Body = unknown> extends Omit<ApiResponse, 'body' | 'text'> {
  readonly body: Body;
}

/** Any response, with its whole body: `undefined` if it is larger than the limit. */
export interface ReceivedResponse extends Omit<RawResponse, 'body'>, Pick<ApiResponse, 'requestId'> {
  readonly body: Uint8Array | undefined;
}

/** A call that succeeded. */
export interface SuccessfulCall extends AttemptedCall {
  readonly response: ReceivedResponse & Pick<ApiResponse, 'body' | 'attempts'>;
  /** Must not be shown, should the response repeat them. */
  readonly secrets: readonly string[];
}

/** A problem document (RFC 9457). Members with other types or names are kept as they are. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

/** What an error response says. */
export interface ErrorDetails {
  /** `x-amzn-ErrorType` without what may follow a colon. */
  readonly errorType: string | undefined;
  /** In the API's own words, on one line. */
  readonly reason: string;
  readonly problem: Problem | undefined;
}

/** The part of Standard Schema v1 that is used: https://standardschema.dev. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A checked value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of the values that a schema accepts: `OutputOf<typeof messageSchema>`. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** What is read of an error response. */
const MAX_ERROR_BYTES = 2 ** 18;

const decoder = new TextDecoder();

/** Decodes UTF-8. */
export function textOf(body: Uint8Array): string {
  return decoder.decode(body);
}

/**
 * Reads a response, whether success or error.
 * @param maxBytes the limit of its body
 * @param secrets if an error response repeats one of them, nothing of its body is shown
 */
export async function receive(
  response: RawResponse,
  maxBytes: number,
  secrets: readonly string[],
): Promise<Answer> {
  const { status, headers } = response;
  const body = await readAtMost(response.body, maxBytes);
  // 304 is the response to a conditional request.
  const isSuccess = (status >= 200 && status < 300) || status === 304;
  const details = body && !isSuccess ? readError(response, body, secrets) : undefined;
  const problem = body ? details?.reason : `more than ${maxBytes} bytes`;
  // Of a REST API, or an HTTP API. A longer text could be a secret that the API repeats.
  const id = headerOf(headers, 'x-amzn-requestid') ?? headerOf(headers, 'apigw-requestid');
  const requestId = matches(id, /^[\w=-]{1,36}$/) ? id : undefined;
  return {
    kind: 'answered',
    reason: `answered ${[status, details?.errorType, problem].filter(Boolean).join(': ')}`,
    status,
    headers,
    body,
    requestId,
    details,
  };
}

/** Returns the first header with this name. */
export function headerOf(headers: ReceivedHeaders, name: string): string | undefined {
  for (const [key, value] of headers) if (key === name) return value;
  return undefined;
}

/** Reads a body, or no more than the limit: a few kilobytes of gzip can be gigabytes. */
async function readAtMost(body: RawResponse['body'], maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readError(
  { status, headers }: RawResponse,
  body: Uint8Array,
  secrets: readonly string[],
): ErrorDetails {
  // To look for secrets takes time, and nobody reads longer errors.
  const text = hideSecrets(textOf(body.subarray(0, MAX_ERROR_BYTES)), secrets);
  const location = status < 400 ? headerOf(headers, 'location') : undefined;
  const parsed = parse(text);
  const isObject = parsed instanceof Object && !Array.isArray(parsed);
  const json: Problem | undefined = isObject ? { ...parsed } : undefined;
  const said =
    [json?.message, json?.Message, json?.detail, json?.title].find((one) => matches(one, /./s)) ??
    (location ? `a redirect to ${hideSecrets(location, secrets)}` : start(text));
  // If a signature is wrong, API Gateway adds all that was to be signed.
  const [own = ''] = said.split('The Canonical String', 1);
  return {
    errorType: /^\w{1,60}(?=:|$)/.exec(headerOf(headers, 'x-amzn-errortype') ?? '')?.[0],
    reason: start(own, 1_000) || 'no reason given',
    problem: matches(headerOf(headers, 'content-type'), /^application\/problem\+json\b/i) ? json : undefined,
  };
}

/**
 * Parses a successful response's body as JSON and checks it against a schema. Returns what the schema makes of it;
 * without a body, it is `undefined`.
 * @throws InvalidResponse
 */
export async function parseJson(call: SuccessfulCall, schema: StandardSchema | undefined): Promise<unknown> {
  const { status, body } = call.response;
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
  const value = parse(text);
  if (value === undefined && text !== '') throw invalid('not with JSON');
  if (schema === undefined) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw invalid(`not as the schema says (${result.issues.map(issueLine).join('; ')})`);
}

function issueLine({ message, path = [] }: SchemaIssue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}

/** Parses JSON; returns `undefined` for anything else. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The start of a text for a message: one line, without control characters. */
export function start(text: string, length = 200): string {
  const line = text
    .slice(0, 5 * length)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/** Returns a text, or what stands for it if it repeats a secret. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return repeatsSecret(text, secrets) ? '(not shown: it repeats a secret of the request)' : text;
}

/**
 * Whether a text repeats a secret in any encoding: raw, percent-encoded, escaped for HTML or JSON, or in base64. Apart from
 * base64 and `\u0041`, they keep letters and digits, so this looks for the secret's runs of letters and digits that are
 * too long to occur by chance.
 */
function repeatsSecret(text: string, secrets: readonly string[]): boolean {
  const unescaped = decodeHex(text, /\\u([\da-f]{4})/gi);
  return secrets.some((secret) => {
    // Base64 has three forms, by the position in what is encoded.
    const base64 = ['', '.', '..'].map((before) => btoa(before + secret).slice(4, -4));
    const runs = [secret, ...base64].join('\n').match(/[a-z0-9]{6,16}/gi);
    return runs?.some((run) => unescaped.includes(run));
  });
}
