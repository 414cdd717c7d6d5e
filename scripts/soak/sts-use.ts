/** A session that was used. */
export interface UsedSession {
  /** Access key of the execution environment that the session was issued to. */
  readonly environment: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly firstUse: number;
}

/** The calls of AssumeRole and the sessions that it issued; times in milliseconds since the epoch. */
export interface StsUse {
  /** Each call of AssumeRole, with its caller and its time. */
  readonly calls: readonly { readonly environment: string; readonly at: number }[];
  /** By access key. */
  readonly sessions: ReadonlyMap<string, UsedSession>;
  /** By access key: when the API first refused the session as expired or revoked. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** The callers' use of STS. */
export interface CallerFigures {
  readonly environments: number;
  readonly lifetimes: number;
  readonly calls: number;
  /** Calls that were made while the current session was valid and did not expire soon. */
  readonly unneeded: number;
}

/**
 * The earliest share of a session's lifetime after which it may be refreshed. For lifetimes this short the library refreshes
 * within the last third, or up to a fifth of that earlier.
 */
const EARLIEST_REFRESH = 1 - 1.2 / 3;
/** Sessions have whole seconds as their time of issue, which may be almost a second ago. */
const ROUNDING_MS = 1_000;

/** Judges the use of STS: each environment needs one call for each lifetime, and retries. Pure. */
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
