import * as v from 'valibot';
import { describeIssue } from '../../../core/describe-issue.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import type { AwsResponse } from '../../../core/request.ts';
import { remapHeader } from './headers.ts';

const text = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));
/** What can be sent: no control characters, nothing beyond Latin-1. */
const headerValue = v.pipe(text, v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be a header value'));
const headerName = v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]{1,200}$/, 'must be a header name'));
const headerMap = <const Value extends v.GenericSchema>(value: Value) =>
  v.nullish(v.pipe(v.custom<object>(isObject, 'must be an object'), v.record(headerName, value)), {});

/** A function's status code. */
export const answerStatus = v.pipe(text, v.regex(/^[2-5]\d\d$/, 'must be a status'), v.transform(Number));

/** What an answer may have beside its status code, with the defaults. */
export const answerMembers = {
  headers: headerMap(headerValue),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
};

/** The headers of an answer that may have several values. */
export const multiValueHeaders = headerMap(v.array(headerValue));

const answerSchema = v.strictObject({
  statusCode: v.nullish(answerStatus, 200),
  ...answerMembers,
  multiValueHeaders,
});

/** A function's answer, read as a proxy response, or why it is not one. */
export type ProxyResponse =
  | { readonly valid: true; readonly response: AwsResponse }
  | { readonly valid: false; readonly reason: string };

/** The most that a function may answer with. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Reads a function's answer
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format).
 * As on AWS, every member may be missing, there may be no other member, and scalars of the wrong type are converted if possible.
 * @param acceptsBinary whether a base64 body is decoded: the request's `Accept` names one of the API's binary types
 */
export function readProxyResponse(payload: Uint8Array, acceptsBinary: boolean): ProxyResponse {
  const document = parseJson(Buffer.from(payload).toString('utf8'));
  if (!isObject(document)) return { valid: false, reason: 'it is not a JSON object' };
  const result = v.safeParse(answerSchema, document, { abortEarly: true });
  if (!result.success) return { valid: false, reason: describeIssue(result.issues[0]) };
  const { statusCode: status, body, isBase64Encoded, headers, multiValueHeaders: multi } = result.output;
  const pairs = [...multiPairs(multi), ...Object.entries(headers)];
  return validAnswer(
    status,
    mergeHeaders(pairs, 'application/json', remapHeader),
    Buffer.from(body, isBase64Encoded && acceptsBinary ? 'base64' : 'utf8'),
  );
}

/** A response that is well-formed, unless its body is too long. */
export function validAnswer(status: number, headers: AwsResponse['headers'], body: Buffer): ProxyResponse {
  if (body.length > MAX_BODY_BYTES) return { valid: false, reason: 'body must have at most 10 MB' };
  return { valid: true, response: { status, headers, body } };
}

type Pair = readonly [name: string, value: string];

/** The name and each value of headers that may have several values. */
export function multiPairs(multi: Readonly<Record<string, readonly string[]>>): Pair[] {
  return Object.entries(multi).flatMap(([name, values]) => values.map((value): Pair => [name, value]));
}

/**
 * Headers by name. A name that comes several times, in any case, has all values, and is spelled as the first.
 * @param rename the name under which a header reaches the caller; `undefined` if it does not
 */
export function mergeHeaders(
  pairs: readonly Pair[],
  defaultContentType: string,
  rename: (name: string) => string | undefined,
): AwsResponse['headers'] {
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  const fields = Map.groupBy(pairs, ([name]) => name.toLowerCase());
  if (!fields.has('content-type')) headers['Content-Type'] = defaultContentType;
  for (const field of fields.values()) {
    const [[name = '', only = ''] = []] = field;
    const shown = rename(name);
    if (shown !== undefined) headers[shown] = field.length > 1 ? field.map(([, value]) => value) : only;
  }
  return headers;
}
