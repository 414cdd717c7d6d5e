const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const extended = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;
const imfFixdate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Reads a request's date. AWS takes ISO 8601 in basic and in extended form (the string to sign always has the
 * basic one), and in the `Date` header the form that HTTP defines.
 * @param httpDate whether HTTP's own form is accepted too
 * @returns `undefined` if the text is not such a date, or its day or hour does not exist
 * @example parseTimestamp('20260101T000000Z', false)
 */
export function parseTimestamp(text: string, httpDate: boolean): Date | undefined {
  const fields = basic.exec(text) ?? extended.exec(text);
  if (fields !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(1).map(Number);
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    const exists =
      date.getUTCMonth() === month - 1 &&
      date.getUTCDate() === day &&
      date.getUTCHours() === hour &&
      date.getUTCMinutes() === minute &&
      date.getUTCSeconds() === second &&
      date.getUTCFullYear() === year;
    return exists ? date : undefined;
  }
  if (!httpDate || !imfFixdate.test(text)) return undefined;
  const date = new Date(text);
  return date.toUTCString() === text ? date : undefined;
}

/**
 * ISO 8601's basic form, as SigV4 writes dates.
 * @example formatTimestamp(new Date(0)) // '19700101T000000Z'
 */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`;
}
