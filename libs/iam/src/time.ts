/** ISO 8601 without fractions of a second. @example isoSeconds(new Date(0)) // '1970-01-01T00:00:00Z' */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
