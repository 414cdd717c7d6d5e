import type { RoleCredentials } from './types.ts';

/** Credentials with the moments (milliseconds since the epoch) at which they should be treated otherwise. */
export interface HeldCredentials {
  readonly credentials: RoleCredentials;
  /** When STS was asked for them. A clock that shows an earlier time has been set back, so no moment holds any more. */
  readonly asked: number;
  /** From here on new ones are fetched while these still serve. */
  readonly refreshAt: number;
  /** From here on a caller waits for new ones. */
  readonly waitAt: number;
  /** From here on they are useless. */
  readonly expiresAt: number;
}

/**
 * - `fresh`: to be used
 * - `ageing`: to be used, while others are fetched
 * - `ending`: to be used only if no others can be had
 * - `expired`: not to be used
 */
export type Freshness = 'fresh' | 'ageing' | 'ending' | 'expired';

/** The last minute: signing, a slow connection and a skewed clock must all fit in before expiry. */
const WAIT_WINDOW_MS = 60_000;

/**
 * Sets the moments for new credentials.
 *
 * The end is reckoned from the local clock where that gives the earlier time, so a clock that is slow does not make
 * expired credentials look valid. STS issues no expired credentials: where they look expired at once, the local clock is
 * fast, and the end is reckoned from it alone. The windows shrink with unusually short lifetimes (less than 15 minutes), which
 * otherwise would consist of nothing but windows.
 * @param asked when STS was asked for them
 * @param random a number in [0, 1): moves the refresh forward by up to a fifth of the window
 */
export function holdCredentials(
  credentials: RoleCredentials,
  {
    asked,
    durationMs,
    windowMs,
    random,
  }: { asked: number; durationMs: number; windowMs: number; random: number },
): HeldCredentials {
  const left = credentials.expiration.getTime() - asked;
  const lifetime = left > 0 ? Math.min(left, durationMs) : durationMs;
  const expiresAt = asked + lifetime;
  const window = Math.min(windowMs, lifetime / 3);
  return {
    credentials,
    asked,
    refreshAt: expiresAt - window * (1 + 0.2 * random),
    waitAt: expiresAt - Math.min(WAIT_WINDOW_MS, lifetime / 15),
    expiresAt,
  };
}

/** How credentials are to be treated at a moment; `expired` where there are none. */
export function freshness(held: HeldCredentials | undefined, now: number): Freshness {
  if (held === undefined || now < held.asked || now >= held.expiresAt) return 'expired';
  if (now >= held.waitAt) return 'ending';
  return now >= held.refreshAt ? 'ageing' : 'fresh';
}
