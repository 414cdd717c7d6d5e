import type { AwsResponse } from '../../../core/request.ts';
import { remapHeader } from './response-headers.ts';

/** The most that a function may answer with. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MEMBERS: ReadonlySet<string> = new Set([
  'statusCode',
  'headers',
  'multiValueHeaders',
  'body',
  'isBase64Encoded',
]);

/** A function's answer, read as a proxy response, or why it is none. */
export type ProxyResponse =
  | { readonly valid: true; readonly response: AwsResponse }
  | { readonly valid: false; readonly reason: string };

/**
 * Reads a function's answer
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format).
 * As on AWS every member may be missing, none may be added, and scalars in the wrong type are taken where they can be.
 * @param payload what the function returned, as JSON
 * @param acceptsBinary whether a base64 body is decoded: the request's `Accept` names one of the API's binary types
 */
export function readProxyResponse(payload: Uint8Array, acceptsBinary: boolean): ProxyResponse {
  const document = parse(payload);
  if (!isMap(document)) return invalid('the answer is not a JSON object');
  const unknown = Object.keys(document).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) return invalid(`the answer has a member ${unknown.slice(0, 100)}`);

  const status = readStatus(document.statusCode);
  if (status === undefined) return invalid('statusCode is not a status');
  const headers = readHeaders(document.headers, document.multiValueHeaders);
  if (headers === undefined) return invalid('headers or multiValueHeaders are not headers');
  const { body = null, isBase64Encoded = null } = document;
  if (typeof body !== 'string' && body !== null) return invalid('body is not a string');
  if (typeof isBase64Encoded !== 'boolean' && isBase64Encoded !== null) {
    return invalid('isBase64Encoded is not a boolean');
  }

  const bytes = Buffer.from(body ?? '', isBase64Encoded === true && acceptsBinary ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) return invalid('body is over 10 MB');
  return { valid: true, response: { status, headers, body: bytes } };
}

function invalid(reason: string): ProxyResponse {
  return { valid: false, reason };
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readStatus(value: unknown): number | undefined {
  if (value === undefined || value === null) return 200;
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^[2-5]\d\d$/.test(text) ? Number(text) : undefined;
}

type Headers = Record<string, string | readonly string[]>;

/** Both maps as one; a name in both has the values of both, spelled as in `multiValueHeaders`. */
function readHeaders(single: unknown, multi: unknown): Headers | undefined {
  if (!isMap(single ?? {}) || !isMap(multi ?? {})) return undefined;
  const headers = new Map<string, { name: string; values: string[] }>();
  const add = (name: string, values: readonly unknown[]): boolean => {
    const texts = values.map(headerValue);
    if (!/^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name)) return false;
    if (!texts.every((text) => text !== undefined)) return false;
    const known = headers.get(name.toLowerCase());
    if (known === undefined) headers.set(name.toLowerCase(), { name, values: texts });
    else known.values.push(...texts);
    return true;
  };
  for (const [name, values] of Object.entries(multi ?? {})) {
    if (!Array.isArray(values) || !add(name, values)) return undefined;
  }
  for (const [name, value] of Object.entries(single ?? {})) {
    if (!add(name, [value])) return undefined;
  }
  const result: Headers = Object.create(null);
  if (!headers.has('content-type')) result['Content-Type'] = 'application/json';
  for (const { name, values } of headers.values()) {
    const shown = remapHeader(name);
    const [only = ''] = values;
    if (shown !== undefined) result[shown] = values.length > 1 ? values : only;
  }
  return result;
}

/** A header's value where it can be sent as one: no control characters, nothing beyond Latin-1. */
function headerValue(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value);
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined;
}
