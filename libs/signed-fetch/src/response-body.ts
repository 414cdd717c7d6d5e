import { bodyStart, redact } from './answer.ts';
import { InvalidResponse } from './errors/invalid-response.ts';
import type { CallFailure } from './errors/signed-fetch-error.ts';
import type { SchemaIssue, StandardSchema } from './standard-schema.ts';

/** A successful answer's body that is to be JSON. */
export interface JsonBody extends CallFailure {
  readonly status: number;
  readonly body: Uint8Array;
  readonly schema: StandardSchema | undefined;
  /** Not to be shown, should the body repeat them. */
  readonly secrets: readonly string[];
}

/**
 * Parses a body as JSON and checks it against a schema.
 * @returns the value, or what the schema makes of it; `undefined` for answers that have no body by definition
 * @throws InvalidResponse where it is no JSON, or not what the schema says
 */
export async function parseJson({ body, schema, secrets, ...answer }: JsonBody): Promise<unknown> {
  const text = new TextDecoder().decode(body);
  const start = () => bodyStart(redact(text, secrets));
  const without = (answer.status === 204 || answer.status === 304) && text === '';
  let value: unknown;
  if (!without) {
    try {
      value = JSON.parse(text);
    } catch {
      throw new InvalidResponse({ ...answer, reason: 'not with JSON', start: start() });
    }
  }
  if (schema === undefined) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw new InvalidResponse({
    ...answer,
    reason: redact(
      `not as the schema says (${result.issues.slice(0, 5).map(issueLine).join('; ')})`,
      secrets,
    ),
    start: start(),
  });
}

function issueLine({ message, path = [] }: SchemaIssue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}
