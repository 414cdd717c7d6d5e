/** A session that was seen to be used. */
export interface UsedSession {
  /** Access key of the execution environment that the session was issued to. */
  readonly environment: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly firstUse: number;
}

/** What was seen of AssumeRole and of the sessions that it issued; times in milliseconds since the epoch. */
export interface StsUse {
  /** Each call of AssumeRole: whose, and when. */
  readonly calls: readonly { readonly environment: string; readonly at: number }[];
  /** By access key. */
  readonly sessions: ReadonlyMap<string, UsedSession>;
  /** By access key: when the API first refused the session, expired or revoked. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** How the callers have used STS. */
export interface CallerFigures {
  readonly environments: number;
  readonly lifetimes: number;
  readonly calls: number;
  /** Calls that were made while the session at hand was good, and not about to expire. */
  readonly unneeded: number;
}

/**
 * The earliest share of a session's lifetime after which it may be refreshed: for lifetimes this short the library
 * refreshes within the last third, moved forward by up to a fifth of that.
 */
const EARLIEST_REFRESH = 1 - 1.2 / 3;
/** Sessions are issued at a whole second, which may be almost a second ago. */
const ROUNDING_MS = 1_000;

/** Judges the use of STS: one call for each environment and lifetime is needed, and retries are. Pure. */
export function callersOf({ calls, sessions, refusals }: StsUse): CallerFigures {
  const environments = new Set(calls.map(({ environment }) => environment));
  const unneeded = calls.filter(({ environment, at }) =>
    [...sessions].some(([accessKeyId, session]) => {
      if (session.environment !== environment || session.firstUse >= at) return false;
      if ((refusals.get(accessKeyId) ?? Number.POSITIVE_INFINITY) <= at) return false;
      const lifetime = session.expiresAt - session.issuedAt;
      return at < session.issuedAt + lifetime * EARLIEST_REFRESH - ROUNDING_MS;
    }),
  );
  return {
    environments: environments.size,
    lifetimes: sessions.size,
    calls: calls.length,
    unneeded: unneeded.length,
  };
}
