import * as v from 'valibot';
import type { ApiEvent } from './event.ts';
import { HttpError, InvalidRequest, type JudgedPart, MAX_SHOWN } from './http-error.ts';
import { largeNumbers } from './large-numbers.ts';
import type { HandledOperation, PartOf } from './operation.ts';
import { readParameters } from './read-parameters.ts';
import { type Headers, requestHeader } from './request-header.ts';

/** The validated parts of a request; `undefined` for those that the operation does not have. */
export interface RequestParts<Op extends HandledOperation> {
  readonly pathParameters: PartOf<Op, 'pathParameters'>;
  readonly query: PartOf<Op, 'query'>;
  /** By the names of the schema, whatever the case in which they were sent. */
  readonly headers: PartOf<Op, 'headers'>;
  readonly body: PartOf<Op, 'request'>;
}

/** A list of all violations takes more than 200 times the memory of a body such as `[1,1,1…]`. */
const LONG_BODY = 2 ** 16;

/**
 * Validates a request by the operation's schemas.
 * @param body the parsed body
 * @param bodyLength the characters of the body before it was parsed. In a body of more than 65536, the first violation ends the search
 * @throws {@link InvalidRequest} with all violations
 */
export function readRequest<Op extends HandledOperation>(
  operation: Op,
  event: Pick<ApiEvent, 'version' | 'pathParameters' | 'multiValueQueryStringParameters'> & Headers,
  body: unknown,
  bodyLength = 0,
): RequestParts<Op> {
  const errors: JudgedPart[] = [];
  const validate = (part: JudgedPart['in'], schema: v.GenericSchema | undefined, value: unknown) => {
    if (schema === undefined) return undefined;
    const result = parsed(schema, value, part === 'body' && bodyLength > LONG_BODY);
    if (result.success) return result.output;
    for (const issue of result.issues) {
      const { message, received } = issue;
      errors.push({ in: part, path: v.getDotPath(issue) ?? '', message, received });
    }
    return undefined;
  };
  const parts = {
    pathParameters:
      operation.pathParameters &&
      validate('path', operation.pathParameters, readParameters(operation.pathParameters, readPath(event))),
    query:
      operation.query &&
      validate('query', operation.query, readParameters(operation.query, readQuery(event))),
    headers:
      operation.headers &&
      validate(
        'header',
        operation.headers,
        readParameters(operation.headers, readHeaders(operation.headers, event)),
      ),
    body: operation.request && validate('body', operation.request, readBody(body)),
  };
  if (errors.length > 0) throw new InvalidRequest(errors);
  // Each part is the output of its schema.
  return parts as RequestParts<Op>;
}

/**
 * @throws HttpError 413 if a text is too long for a regular expression of the schema. A 500 would be sent again, and fail again
 */
function parsed(schema: v.GenericSchema, value: unknown, abortEarly: boolean) {
  try {
    return v.safeParse(schema, value, { abortEarly });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const refused = new HttpError(413, 'The body has a text that is too long for the pattern of its schema.');
    // For the log: the client cannot change it.
    refused.cause = new Error(
      'v.base64() and other patterns with groups that repeat fail from about 4 MB on. Check such a text with v.check() and a function that needs no regular expression, or set maxBodyBytes to 4 MB.',
      { cause: error },
    );
    throw refused;
  }
}

/**
 * Decodes the path parameters. A REST API passes them undecoded, and an HTTP API decoded: a second time, `100%` would be malformed.
 * @throws {@link InvalidRequest} if an encoding is malformed
 */
function readPath({
  version,
  pathParameters,
}: Pick<ApiEvent, 'version' | 'pathParameters'>): Record<string, readonly string[]> {
  const decode = version === '1.0' ? (value: string) => value : decodeURIComponent;
  const decoded: [name: string, values: readonly string[]][] = [];
  for (const [name, value = ''] of Object.entries(pathParameters ?? {})) {
    try {
      decoded.push([name, [decode(value)]]);
    } catch {
      throw new InvalidRequest([{ in: 'path', path: name, message: 'is not percent-encoded UTF-8' }]);
    }
  }
  return Object.fromEntries(decoded);
}

function readQuery({ multiValueQueryStringParameters }: Pick<ApiEvent, 'multiValueQueryStringParameters'>) {
  return Object.fromEntries(
    Object.entries(multiValueQueryStringParameters ?? {}).map(([name, values = []]) => [name, values]),
  );
}

/** The headers of the schema. HTTP has others in each request. */
function readHeaders(
  { entries }: { readonly entries: v.ObjectEntries },
  event: Headers,
): Record<string, readonly string[]> {
  const found: [name: string, values: readonly string[]][] = [];
  for (const name of Object.keys(entries)) {
    const value = requestHeader(event, name);
    if (value !== undefined) found.push([name, [value]]);
  }
  return Object.fromEntries(found);
}

/** @throws {@link InvalidRequest} if a number is too large: no schema would report it */
function readBody(body: unknown): unknown {
  const large = largeNumbers(body, MAX_SHOWN);
  if (large.length === 0) return body;
  throw new InvalidRequest(
    large.map((path) => ({
      in: 'body',
      path,
      message: 'is a number that is too large: 1.8e308 is the limit',
    })),
  );
}
