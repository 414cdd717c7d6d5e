import {
  type Refresh,
  type Refreshed,
  type RefreshOutcome,
  type RoleCredentials,
  type RoleRequest,
  startRefresh,
  within,
} from './sts.ts';

/** Credentials and the times (milliseconds since the epoch) at which they age. */
export interface HeldCredentials extends Refreshed {
  /** From then on, new ones are fetched while these are used. */
  readonly refreshAt: number;
  /** From then on, new ones are waited for, and these are used only if STS gives none. */
  readonly waitAt: number;
  readonly expiresAt: number;
}

/** How long before expiry the refresh is due. */
const REFRESH_WINDOW_MS = 300_000;

/** How long the end of an invocation waits for a refresh in flight. */
const FINISH_REFRESH_MS = 250;

/** The last minute: signing, a slow connection and a skewed clock must all fit in before expiry. */
const WAIT_WINDOW_MS = 60_000;

/** How much time a user has outside of invocations. */
const DEFAULT_BUDGET_MS = 10_000;

/**
 * Sets the times at which new credentials age. With lifetimes below 15 minutes, all windows shrink.
 *
 * The lifetime counts from the request, by the local clock, and is never longer than what was asked for. So a slow clock
 * does not make expired credentials look valid. STS issues no expired credentials: if they look so, the local clock is
 * fast, and they live as long as was asked for.
 * @param durationMs the lifetime that STS was asked for
 * @param windowMs how long before expiry the refresh is due
 * @param random a number in [0, 1): moves the refresh forward by up to a fifth of the window
 */
export function holdCredentials(
  { credentials, asked }: Refreshed,
  durationMs: number,
  windowMs: number,
  random: number,
): HeldCredentials {
  const left = credentials.expiration.getTime() - asked;
  const lifetime = left > 0 ? Math.min(left, durationMs) : durationMs;
  const expiresAt = asked + lifetime;
  return {
    credentials,
    asked,
    refreshAt: expiresAt - Math.min(windowMs, lifetime / 3) * (1 + 0.2 * random),
    waitAt: expiresAt - Math.min(WAIT_WINDOW_MS, lifetime / 15),
    expiresAt,
  };
}

/**
 * Whether credentials are valid at a time. A time before STS was asked means that the clock was set back: no time of
 * theirs holds any more.
 */
export function isValid({ asked, expiresAt }: HeldCredentials, now: number): boolean {
  return now >= asked && now < expiresAt;
}

/**
 * How many milliseconds to leave STS alone, while the old credentials are valid, after n refreshes in a row have failed.
 * The first is tried again at once: it may just have been frozen. Then 1 s, 2 s, 4 s and so on, up to 30 s.
 */
export function refreshPause(failures: number): number {
  return failures <= 1 ? 0 : Math.min(30_000, 1_000 * 2 ** (failures - 2));
}

/** Where warnings go. The logger of `@aws-lambda-powertools/logger` fits. */
export interface RefreshLogger {
  /** @param details `roleArn`, `validForSeconds`, `errorCode`, `reason` and `requestId` */
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** An invocation, as far as credentials are concerned. */
export interface Invocation {
  /** When its time is up, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** What a session needs. */
export interface SessionSettings extends RoleRequest {
  readonly logger: RefreshLogger;
}

/**
 * Makes the holder of one role's credentials in one execution environment. It has at most one refresh in flight.
 *
 * Lambda freezes the process between invocations, for a second or for hours. A request in flight then has a dead
 * connection and perhaps an expired signature. So nobody waits for what was in flight before a freeze:
 *
 * 1. When the last running invocation ends, the refresh is stopped.
 * 2. A refresh whose step is overdue was frozen, and is replaced. This covers a freeze that nobody announced: after the
 *    init phase, by a middleware that ends the invocation early, without middy.
 */
export function createSession(settings: SessionSettings) {
  const { input, logger } = settings;
  const running = new Set<Invocation>();
  let held: HeldCredentials | undefined;
  let refresh: Refresh | undefined;
  /** Refreshes in a row that failed. */
  let failures = 0;
  /** Until when STS is left alone as long as the old credentials are valid. */
  let pausedUntil = 0;

  const usable = () => (held !== undefined && isValid(held, Date.now()) ? held : undefined);

  /**
   * When a user's time is up: with its invocation. If that is over (a client was made from its context and kept), with
   * the last of those that run.
   */
  const deadlineOf = (own: Invocation | undefined): number => {
    if (own !== undefined && running.has(own)) return own.deadline;
    const last = Math.max(...Array.from(running, ({ deadline }) => deadline));
    return last > Date.now() ? last : Date.now() + DEFAULT_BUDGET_MS;
  };

  /** The refresh in flight, if it can be trusted, or a new one. It continues as long as one of its users has time. */
  const join = (deadline: number): Refresh => {
    if (refresh?.interrupted()) stop();
    if (refresh !== undefined) {
      refresh.extend(deadline);
      return refresh;
    }
    const started = startRefresh(settings, deadline);
    refresh = started;
    void started.outcome.then((outcome) => {
      // One that was stopped has been replaced, and has no say any more.
      if (refresh === started) settle(outcome);
    });
    return started;
  };

  const settle = (outcome: RefreshOutcome): void => {
    refresh = undefined;
    if (outcome !== 'abandoned' && 'credentials' in outcome) {
      held = holdCredentials(outcome, input.DurationSeconds * 1_000, REFRESH_WINDOW_MS, Math.random());
      failures = 0;
      return;
    }
    countFailure();
    const old = usable();
    if (outcome === 'abandoned' || old === undefined) return;
    try {
      logger.warn('Refreshing role credentials failed. The old ones are still valid', {
        roleArn: outcome.roleArn,
        validForSeconds: Math.floor((old.expiresAt - Date.now()) / 1_000),
        errorCode: outcome.code,
        reason: outcome.message,
        requestId: outcome.requestId,
      });
    } catch {
      // A logger that fails must not make credentials fail.
    }
  };

  const stop = (): void => {
    if (refresh === undefined) return;
    refresh.stop();
    refresh = undefined;
    countFailure();
  };

  const countFailure = (): void => {
    failures += 1;
    pausedUntil = Date.now() + refreshPause(failures);
  };

  /**
   * An invocation ends.
   * @param finish whether to give a refresh in flight a moment to finish
   */
  const end = async (invocation: Invocation, finish: boolean): Promise<void> => {
    const patience = Math.min(FINISH_REFRESH_MS, invocation.deadline - Date.now());
    const current = refresh;
    if (finish && patience > 0 && running.size === 1 && current !== undefined) {
      await within(patience, () => current.outcome);
    }
    running.delete(invocation);
    if (running.size === 0) stop();
  };

  return {
    /** Credentials that are good for a request now. */
    get: async (invocation?: Invocation): Promise<RoleCredentials> => {
      for (;;) {
        const now = Date.now();
        const old = usable();
        if (old !== undefined && now < Math.max(old.refreshAt, pausedUntil)) return old.credentials;

        const deadline = deadlineOf(invocation);
        const { outcome: result, failed, error } = join(deadline);
        if (old !== undefined && now < old.waitAt) return old.credentials;

        const outcome = await within(deadline - now, () =>
          old === undefined ? result : Promise.race([result, failed]),
        );
        // New credentials are held by now, or a new refresh is due.
        if (outcome !== undefined && !(outcome instanceof Error)) continue;
        if (old === undefined) throw outcome ?? error();
        if (usable() === old) return old.credentials;
      }
    },

    /** Drops the credentials if they are the rejected ones, or whatever they are if none are given. */
    invalidate: (rejected?: { readonly accessKeyId: string }): void => {
      if (rejected === undefined || rejected.accessKeyId === held?.credentials.accessKeyId) held = undefined;
    },

    /** Fetches credentials if there are none. Never rejects: if it fails, the next `get` tries again. */
    prefetch: async (): Promise<void> => {
      if (usable() === undefined) await join(deadlineOf(undefined)).outcome;
    },

    /** An invocation begins. */
    begin: (invocation: Invocation): void => {
      // Those that are long over never told their end.
      for (const other of running) if (other.deadline < Date.now()) void end(other, false);
      running.add(invocation);
    },

    end,
  };
}
