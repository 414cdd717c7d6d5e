import { bodyStart, HIDDEN, repeatsSecret } from './answer.ts';
import { InvalidResponse } from './errors/invalid-response.ts';
import type { CallFailure } from './errors/signed-fetch-error.ts';
import type { SchemaIssue, StandardSchema } from './standard-schema.ts';

/** A successful answer's body that is to be JSON. */
export interface JsonBody extends CallFailure {
  /** The request's method, in upper case. */
  readonly method: string;
  readonly status: number;
  readonly body: Uint8Array;
  readonly schema: StandardSchema | undefined;
  /** Not to be shown, should the body repeat them. */
  readonly secrets: readonly string[];
}

/** Statuses whose responses have no body (204, 205, 304) or need none (202): RFC 9110, section 15. */
const MAY_BE_EMPTY: ReadonlySet<number> = new Set([202, 204, 205, 304]);

/**
 * Parses a body as JSON and checks it against a schema.
 * @returns the value, or what the schema makes of it; `undefined` for an empty response to `HEAD` or with status 202, 204,
 *   205 or 304
 * @throws InvalidResponse where it is no JSON, or not what the schema says
 */
export async function parseJson({ method, body, schema, secrets, ...answer }: JsonBody): Promise<unknown> {
  const text = new TextDecoder().decode(body);
  const hidden = (shown: string) => repeatsSecret(text, secrets) || repeatsSecret(shown, secrets);
  const start = () => (hidden('') ? HIDDEN : bodyStart(text));
  const isEmpty = text === '' && (method === 'HEAD' || MAY_BE_EMPTY.has(answer.status));
  let value: unknown;
  if (!isEmpty) {
    try {
      value = JSON.parse(text);
    } catch {
      throw new InvalidResponse({ ...answer, reason: 'not with JSON', start: start() });
    }
  }
  if (schema === undefined) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, 5).map(issueLine).join('; ');
  throw new InvalidResponse({
    ...answer,
    reason: `not as the schema says (${hidden(issues) ? HIDDEN : issues})`,
    start: start(),
  });
}

function issueLine({ message, path = [] }: SchemaIssue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}
