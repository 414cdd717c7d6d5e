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
const map = <const Value extends v.GenericSchema>(value: Value) =>
  v.nullish(v.pipe(v.custom<object>(isObject, 'must be an object'), v.record(headerName, value)), {});

const answerSchema = v.strictObject({
  statusCode: v.nullish(v.pipe(text, v.regex(/^[2-5]\d\d$/, 'must be a status'), v.transform(Number)), 200),
  headers: map(headerValue),
  multiValueHeaders: map(v.array(headerValue)),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
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
  const { statusCode: status, body, isBase64Encoded, headers, multiValueHeaders } = result.output;
  const bytes = Buffer.from(body, isBase64Encoded && acceptsBinary ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) return { valid: false, reason: 'body must have at most 10 MB' };
  return {
    valid: true,
    response: { status, headers: mergeHeaders(headers, multiValueHeaders), body: bytes },
  };
}

/** Both maps as one; a name in both has the values of both, spelled as in `multiValueHeaders`. */
function mergeHeaders(
  single: Readonly<Record<string, string>>,
  multi: Readonly<Record<string, readonly string[]>>,
): AwsResponse['headers'] {
  const pairs = [
    ...Object.entries(multi).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
    ...Object.entries(single),
  ];
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  const fields = Map.groupBy(pairs, ([name]) => name.toLowerCase());
  if (!fields.has('content-type')) headers['Content-Type'] = 'application/json';
  for (const field of fields.values()) {
    const [[name = '', only = ''] = []] = field;
    const shown = remapHeader(name);
    if (shown !== undefined) headers[shown] = field.length > 1 ? field.map(([, value]) => value) : only;
  }
  return headers;
}
