import { ReadError } from './read-error.ts';

/**
 * Reads a policy document as a service returns it.
 * @param text JSON; percent-encoded as IAM does, or escaped as API Gateway does
 * @throws ReadError that names the policy
 */
export function readPolicyDocument(text: string, name: string): Readonly<Record<string, unknown>> {
  for (const decode of [identity, decodeURIComponent, unescapeJson]) {
    try {
      const value: unknown = JSON.parse(decode(text));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return value as Record<string, unknown>;
      }
    } catch {
      // It is in another encoding.
    }
  }
  const problem = `${name} is not a JSON document`;
  throw new ReadError('CANNOT_READ', `The ${problem}. Replace the policy.`, {
    failure: `the ${problem}`,
  });
}

function identity(text: string): string {
  return text;
}

/** API Gateway returns a policy's JSON text with its quotes escaped. */
function unescapeJson(text: string): string {
  return String(JSON.parse(`"${text}"`));
}
