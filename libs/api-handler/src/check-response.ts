import * as v from 'valibot';
import type { ApiResult } from './event.ts';
import { isJson } from './media-type.ts';
import type { HandledOperation } from './operation.ts';

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
export function checkResponse(
  operation: HandledOperation,
  { statusCode, headers = {}, body }: ApiResult,
): void {
  const { method, path, response, responseMediaType = 'application/json', responseHeaders } = operation;
  if (process.env.CHECK_RESPONSES !== 'true' || statusCode >= 300) return;
  // As the client reads it: JSON has no dates, and leaves out members that are undefined.
  const text = body === '' ? undefined : JSON.parse(isJson(responseMediaType) ? body : JSON.stringify(body));
  const lines = [
    ...(response === undefined ? [] : violations('body', response, text)),
    ...(responseHeaders === undefined
      ? []
      : violations('headers', responseHeaders, declared(responseHeaders, headers))),
  ];
  if (lines.length === 0) return;
  const more = lines.length - MAX_SHOWN;
  const shown = [...lines.slice(0, MAX_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])];
  throw new InvalidResponse(
    `The response of ${method} ${path} breaks the contract: ${shown.join('; ')}. Correct the handler's answer, or the operation's ${response === undefined ? 'responseHeaders' : 'response'}.`,
  );
}

/** The declared headers of a response, by their declared names. It has others, such as `Content-Type`. */
function declared({ entries }: { readonly entries: v.ObjectEntries }, headers: ApiResult['headers'] = {}) {
  const names = new Map(Object.keys(entries).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(headers).flatMap(([sent, value]) => {
      const name = names.get(sent.toLowerCase());
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

function violations(part: 'body' | 'headers', schema: v.GenericSchema, value: unknown): readonly string[] {
  const { issues = [] } = v.safeParse(schema, value);
  return issues.map((issue) => {
    const where = [part, v.getDotPath(issue)].filter(Boolean).join('.');
    return `${where}: ${issue.expected === null ? `the rule ${issue.type} is broken` : `${issue.expected} was expected`}`;
  });
}
