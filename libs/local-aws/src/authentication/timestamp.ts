import { isoSeconds } from '../core/clock.ts';

const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const extended = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Reads a request's date: ISO 8601, basic or extended; `undefined` for any other, or a day that does not exist.
 * @param httpDate whether HTTP's own form is accepted, too, as in the `Date` header
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

/** ISO 8601's basic form, as SigV4 writes dates: `19700101T000000Z`. */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
