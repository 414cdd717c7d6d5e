/** Headers as a handler gives them. Those that are `undefined` are left out. */
export type GivenHeaders = Readonly<Record<string, string | undefined>>;

/** The name of a header: https://www.rfc-editor.org/rfc/rfc9110#name-field-names */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Returns the headers that have a value. Numbers and booleans become text. API Gateway would answer 502 for other values, and a line
 * break would begin another header.
 * @throws TypeError names the header, and does not show its value
 */
export function readHeaders(given: GivenHeaders = {}): Readonly<Record<string, string>> {
  const read: [name: string, value: string][] = [];
  for (const [name, value] of Object.entries<unknown>(given)) {
    if (value === undefined) continue;
    if (!NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is not the name of a header.`);
    if (!/^(?:string|number|boolean)$/.test(typeof value))
      throw new TypeError(`The header ${name} is not text.`);
    const text = String(value);
    if (/(?!\t)\p{Cc}/u.test(text)) {
      throw new TypeError(`The header ${name} has a control character, such as a line break. Remove it.`);
    }
    read.push([name, text]);
  }
  return Object.fromEntries(read);
}

/** @throws RangeError if a status is not a whole number from `from` to 599 */
export function checkStatus(status: number, from: 200 | 400, of: 'an answer' | 'an HttpError'): void {
  if (Number.isInteger(status) && status >= from && status <= 599) return;
  throw new RangeError(`The status of ${of} must be a whole number from ${from} to 599, not ${status}.`);
}
