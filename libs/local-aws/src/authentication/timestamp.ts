import { isoSeconds } from '../core/clock.ts';

const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const extended = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Reads a request's date. AWS takes ISO 8601 in basic and in extended form (the string to sign always has the
 * basic one), and in the `Date` header the form that HTTP defines.
 * @param httpDate whether HTTP's own form is accepted too
 * @returns `undefined` if the text is not such a date, or its day or hour does not exist
 * @example parseTimestamp('20260101T000000Z', false)
 */
export function parseTimestamp(text: string, httpDate: boolean): Date | undefined {
  const iso = text.replace(basic, '$1-$2-$3T$4:$5:$6Z');
  const isIso = extended.test(iso);
  if (!isIso && !httpDate) return undefined;
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return undefined;
  // `Date` reads other forms as well, and rolls over days and hours that do not exist.
  return (isIso ? isoSeconds(date) : date.toUTCString()) === iso ? date : undefined;
}

/**
 * ISO 8601's basic form, as SigV4 writes dates.
 * @example formatTimestamp(new Date(0)) // '19700101T000000Z'
 */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
