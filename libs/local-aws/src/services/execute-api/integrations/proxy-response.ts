import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import type { AwsResponse } from '../../../core/request.ts';
import { remapHeader } from './headers.ts';

/** The most that a function may answer with. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MEMBERS: readonly string[] = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'];

/** A function's answer, read as a proxy response, or why it is not one. */
export type ProxyResponse =
  | { readonly valid: true; readonly response: AwsResponse }
  | { readonly valid: false; readonly reason: string };

/**
 * Reads a function's answer
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format).
 * As on AWS, every member may be missing, there may be no other member, and scalars of the wrong type are converted if possible.
 * @param payload what the function returned, as JSON
 * @param acceptsBinary whether a base64 body is decoded: the request's `Accept` names one of the API's binary types
 */
export function readProxyResponse(payload: Uint8Array, acceptsBinary: boolean): ProxyResponse {
  const document = parseJson(Buffer.from(payload).toString('utf8'));
  if (!isObject(document)) return invalid('the answer is not a JSON object');
  const unknown = Object.keys(document).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined) return invalid(`the answer has a member ${unknown.slice(0, 100)}`);

  const status = document.statusCode ?? 200;
  if (!isScalar(status) || !/^[2-5]\d\d$/.test(String(status))) return invalid('statusCode is not a status');
  const headers = readHeaders(document.headers ?? {}, document.multiValueHeaders ?? {});
  if (headers === undefined) return invalid('headers or multiValueHeaders are not headers');
  const body = document.body ?? '';
  if (typeof body !== 'string') return invalid('body is not a string');
  const isBase64Encoded = document.isBase64Encoded ?? false;
  if (typeof isBase64Encoded !== 'boolean') return invalid('isBase64Encoded is not a boolean');

  const bytes = Buffer.from(body, isBase64Encoded && acceptsBinary ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) return invalid('body is over 10 MB');
  return { valid: true, response: { status: Number(status), headers, body: bytes } };
}

function invalid(reason: string): ProxyResponse {
  return { valid: false, reason };
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Both maps as one; a name in both has the values of both, spelled as in `multiValueHeaders`. */
function readHeaders(single: unknown, multi: unknown): AwsResponse['headers'] | undefined {
  if (!isObject(single) || !isObject(multi)) return undefined;
  const fields = [
    ...Object.entries(multi),
    ...Object.entries(single).map(([name, value]): [string, unknown] => [name, [value]]),
  ];
  const byName = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, values] of fields) {
    if (!/^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name)) return undefined;
    if (!Array.isArray(values) || !values.every(isHeaderValue)) return undefined;
    const field = byName.get(name.toLowerCase()) ?? { name, values: [] };
    field.values.push(...values.map(String));
    byName.set(name.toLowerCase(), field);
  }
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  if (!byName.has('content-type')) headers['Content-Type'] = 'application/json';
  for (const { name, values } of byName.values()) {
    const shown = remapHeader(name);
    const [only = ''] = values;
    if (shown !== undefined) headers[shown] = values.length > 1 ? values : only;
  }
  return headers;
}

/** Whether a value can be sent in a header: no control characters, nothing beyond Latin-1. */
function isHeaderValue(value: unknown): boolean {
  return isScalar(value) && /^[\t\x20-\x7e\x80-\xff]*$/.test(String(value));
}
