/** The server's time. Tests and faults can replace it. */
export interface Clock {
  now(): Date;
}

/** A time without fractions of a second. */
export function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** ISO 8601 without fractions of a second. @example isoSeconds(new Date(0)) // '1970-01-01T00:00:00Z' */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => new Date() };
