import * as v from 'valibot';
import type { ApiResult } from './event.ts';
import type { Operation } from './operation.ts';

/** The most violations that an error names. */
const MAX_SHOWN = 5;

/** A handler's answer breaks the operation's schema of responses. The client sees a 500, as for any defect. */
export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse';
}

/**
 * Checks a response by the operation's schema, if the environment variable `CHECK_RESPONSES` is `true`. The client checks it, too, but
 * its error is in another account's log. Without the variable, a response is sent as it is: the check takes time.
 * @throws {@link InvalidResponse} that names the members and the rules, and shows no value
 */
export function checkResponse({ method, path, response }: Operation, { statusCode, body }: ApiResult): void {
  if (process.env.CHECK_RESPONSES !== 'true' || response === undefined || statusCode >= 300) return;
  // As the client reads it: JSON has no dates, and leaves out members that are undefined.
  const result = v.safeParse(response, body === '' ? undefined : JSON.parse(body));
  if (result.success) return;
  const { issues } = result;
  const lines = issues.slice(0, MAX_SHOWN).map((issue) => {
    const where = ['body', v.getDotPath(issue)].filter(Boolean).join('.');
    return `${where}: ${issue.expected === null ? `the rule ${issue.type} is broken` : `${issue.expected} was expected`}`;
  });
  const more = issues.length - lines.length;
  throw new InvalidResponse(
    `The response of ${method} ${path} breaks the contract: ${[...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}. Correct the handler's answer, or the operation's response.`,
  );
}
