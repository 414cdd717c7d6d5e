import { randomBytes } from 'node:crypto';

const LIFETIME_SECONDS = 24 * 3600;

/** The control token of a start. An earlier one is used for a day, so that an open console connects again after a restart. */
export function controlTokenFor(earlier: string | undefined, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const [, made = ''] = /^([0-9a-z]{1,10})-[\w-]{43}$/.exec(earlier ?? '') ?? [];
  const age = seconds - Number.parseInt(made, 36);
  if (earlier !== undefined && age >= 0 && age < LIFETIME_SECONDS) return earlier;
  return `${seconds.toString(36)}-${randomBytes(32).toString('base64url')}`;
}
