import * as v from 'valibot';
import { describeIssue } from '../../../core/describe-issue.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import type { AwsResponse } from '../../../core/request.ts';
import { words } from '../../../core/words.ts';
import type { PayloadFormatVersion } from '../../apigatewayv2/store.ts';
import { remapHeader } from './headers.ts';

const text = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));
/** Latin-1 without control characters. */
const headerValue = v.pipe(text, v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be a header value'));
const headerName = v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]{1,200}$/, 'must be a header name'));
const headerMap = <const Value extends v.GenericSchema>(value: Value) =>
  v.nullish(v.pipe(v.custom<object>(isObject, 'must be an object'), v.record(headerName, value)), {});

const statusCode = v.pipe(text, v.regex(/^[2-5]\d\d$/, 'must be a status'), v.transform(Number));
const members = {
  headers: headerMap(headerValue),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
};
const multiValueHeaders = headerMap(v.array(headerValue));
const cookies = v.nullish(v.array(v.string()), []);

/** The schemas of REST APIs, and of HTTP APIs by format. HTTP APIs ignore unknown members (https://github.com/aws/aws-sam-cli/pull/2941). */
const schemas = {
  REST: v.strictObject({ statusCode: v.nullish(statusCode, 200), ...members, multiValueHeaders }),
  '1.0': v.object({ statusCode, ...members, multiValueHeaders }),
  '2.0': v.object({ statusCode, ...members, cookies }),
} as const;

/** A function's response, or the reason why it is not a valid proxy response. `isUndecodable`: its body is not Base64. */
export type ProxyResponse =
  | { readonly valid: true; readonly response: AwsResponse }
  | { readonly valid: false; readonly reason: string; readonly isUndecodable?: true };

const NOT_BASE64 = { valid: false, reason: 'Unable to base64 decode the body', isUndecodable: true } as const;

/** The bytes of a body. @returns `undefined` if it should be Base64 and is not */
function bytesOf(body: string, isBase64: boolean): Buffer | undefined {
  if (!isBase64) return Buffer.from(body);
  const end = body.search(/[^A-Za-z0-9+/]/);
  const digits = end < 0 ? body.length : end;
  const padding = body.slice(digits);
  const isPadded = /^={1,2}$/.test(padding) && (digits + padding.length) % 4 === 0;
  const isBare = padding === '' && digits % 4 !== 1;
  return isPadded || isBare ? Buffer.from(body, 'base64') : undefined;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Reads a function's response for a REST API
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format).
 * As on AWS, all members are optional, other members are refused, and scalars of the wrong type are converted if possible.
 * @param acceptsBinary whether to decode a base64 body: the request's `Accept` names one of the API's binary types
 */
export function readProxyResponse(payload: Uint8Array, acceptsBinary: boolean): ProxyResponse {
  const document = parseJson(Buffer.from(payload).toString('utf8'));
  if (!isObject(document)) return { valid: false, reason: 'it is not a JSON object' };
  const result = v.safeParse(schemas.REST, document, { abortEarly: true });
  if (!result.success) return { valid: false, reason: describeIssue(result.issues[0]) };
  const { statusCode: status, body, isBase64Encoded, headers, multiValueHeaders: multi } = result.output;
  const bytes = bytesOf(body, isBase64Encoded && acceptsBinary);
  if (bytes === undefined) return NOT_BASE64;
  const pairs = [...multiPairs(multi), ...Object.entries(headers)];
  return validAnswer(status, mergeHeaders(pairs, 'application/json', remapHeader), bytes);
}

/** Headers that belong to the connection, or that HTTP APIs set. */
const ownedByGateway: ReadonlySet<string> = new Set(
  words('apigw-requestid connection content-length keep-alive te trailer transfer-encoding upgrade'),
);

/**
 * Reads a function's response for an HTTP API
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html). In format 2.0,
 * a response without `statusCode` is the body, with status 200.
 * @param defaultContentType of a response that names none
 */
export function readFunctionAnswer(
  payload: Uint8Array,
  format: PayloadFormatVersion,
  defaultContentType = 'text/plain; charset=utf-8',
): ProxyResponse {
  const json = Buffer.from(payload).toString('utf8');
  const document = parseJson(json);
  const isResponse = isObject(document) && 'statusCode' in document;
  if (!isResponse && format === '2.0') {
    const body = typeof document === 'string' ? document : json;
    return validAnswer(200, { 'Content-Type': 'application/json' }, Buffer.from(body));
  }
  if (!isResponse) return { valid: false, reason: 'it is not a JSON object with a statusCode' };
  const result = v.safeParse(schemas[format], document, { abortEarly: true });
  if (!result.success) return { valid: false, reason: describeIssue(result.issues[0]) };
  const { statusCode: status, headers, body, isBase64Encoded, ...several } = result.output;
  const bytes = bytesOf(body, isBase64Encoded);
  if (bytes === undefined) return NOT_BASE64;
  const multi = 'cookies' in several ? { 'Set-Cookie': several.cookies } : several.multiValueHeaders;
  const pairs = [...Object.entries(headers), ...multiPairs(multi)];
  return validAnswer(
    status,
    mergeHeaders(pairs, defaultContentType, (name) =>
      ownedByGateway.has(name.toLowerCase()) ? undefined : name,
    ),
    bytes,
  );
}

function validAnswer(status: number, headers: AwsResponse['headers'], body: Buffer): ProxyResponse {
  if (body.length > MAX_BODY_BYTES) return { valid: false, reason: 'body must have at most 10 MB' };
  return { valid: true, response: { status, headers, body } };
}

type Pair = readonly [name: string, value: string];

function multiPairs(multi: Readonly<Record<string, readonly string[]>>): Pair[] {
  return Object.entries(multi).flatMap(([name, values]) => values.map((value): Pair => [name, value]));
}

/** Merges headers whose names differ only in case, with the first spelling. @param rename new name; `undefined` drops the header */
function mergeHeaders(
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
