import {
  NEVER,
  Refresh,
  type Refreshed,
  type RefreshOutcome,
  type RoleCredentials,
  type RoleRequest,
  within,
} from './sts.ts';

/** Credentials and the times (milliseconds since the epoch) at which they age. */
export interface HeldCredentials extends Refreshed {
  readonly refreshAt: number;
  readonly waitAt: number;
  readonly expiresAt: number;
}

/**
 * - `fresh`: use them
 * - `ageing`: use them, and fetch new ones meanwhile
 * - `ending`: wait for new ones, and use these only if STS gives none
 * - `expired`: do not use them
 */
export type Freshness = 'fresh' | 'ageing' | 'ending' | 'expired';

/** The last minute: signing, a slow connection and a skewed clock must all fit in before expiry. */
const WAIT_WINDOW_MS = 60_000;

/** How long a refresh may take if no invocation sets a deadline. */
const DEFAULT_BUDGET_MS = 10_000;

/**
 * Sets the times at which new credentials age.
 *
 * The lifetime counts from the request, by the local clock, and is never longer than what was asked for. So a slow clock
 * does not make expired credentials look valid. STS issues no expired credentials: if they look so, the local clock is
 * fast, and they live as long as was asked for. With lifetimes below 15 minutes, all windows shrink.
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
 * How to treat credentials at a time (milliseconds since the epoch). Those that are not there have expired. A time before
 * STS was asked means that the clock was set back: no time of theirs holds any more.
 */
export function freshness(held: HeldCredentials | undefined, now: number): Freshness {
  if (held === undefined || now < held.asked || now >= held.expiresAt) return 'expired';
  if (now >= held.waitAt) return 'ending';
  return now >= held.refreshAt ? 'ageing' : 'fresh';
}

/**
 * How long to leave STS alone, while the old credentials are valid, after n refreshes in a row have failed. The first is
 * tried again at once: it may just have been frozen. Then 1 s, 2 s, 4 s and so on, up to 30 s.
 * @returns milliseconds
 */
export function refreshPause(failures: number): number {
  return failures <= 1 ? 0 : Math.min(30_000, 1_000 * 2 ** (failures - 2));
}

/**
 * Where warnings go. The logger of `@aws-lambda-powertools/logger` fits.
 * @example assumeRole({ roleArn, logger: new Logger() })
 */
export interface RefreshLogger {
  /**
   * @param message one sentence
   * @param details `roleArn`, `validForSeconds`, `errorCode`, `reason` and `requestId`
   */
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** An invocation, as far as credentials are concerned. */
export interface Invocation {
  /** When its time is up, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** What a {@link RoleSession} needs. */
export interface SessionSettings {
  readonly request: RoleRequest;
  /** The lifetime that STS is asked for. */
  readonly durationMs: number;
  readonly refreshWindowMs: number;
  readonly finishRefreshMs: number;
  readonly logger: RefreshLogger;
}

/**
 * The credentials of one role in one execution environment, and at most one refresh in flight.
 *
 * Lambda freezes the process between invocations, for a second or for hours. A request in flight then has a dead
 * connection and perhaps an expired signature. So no invocation waits for what was in flight before a freeze:
 *
 * 1. A refresh belongs to the invocations that run. When none runs, at the end of the last one and at the beginning of
 *    the next, it is stopped. The one exception is a refresh of the init phase, which continues into the first
 *    invocation.
 * 2. A refresh whose step is overdue was frozen, and is replaced. This covers what 1 cannot see: a freeze after the init
 *    phase, a middleware that ends the invocation early, use without middy.
 */
export class RoleSession {
  readonly #settings: SessionSettings;
  readonly #running = new Set<Invocation>();
  #held: HeldCredentials | undefined;
  #refresh: Refresh | undefined;
  /** Refreshes in a row that failed. */
  #failures = 0;
  /** Until when STS is left alone as long as the old credentials are valid. */
  #pausedUntil = 0;
  #initPhase = true;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** Credentials that are good for a request now. */
  async get(invocation?: Invocation): Promise<RoleCredentials> {
    for (;;) {
      const now = Date.now();
      const held = this.#usable(now);
      const state = freshness(held, now);
      const paused = this.#refresh === undefined && now < this.#pausedUntil;
      if (held !== undefined && (state === 'fresh' || paused)) return held.credentials;

      const deadline = this.#deadline(invocation, now);
      const refresh = this.#join(deadline, now);
      if (held !== undefined && (state === 'ageing' || refresh.slow)) return held.credentials;

      const patience = held === undefined ? NEVER : this.#settings.request.attemptTimeoutMs;
      const outcome = await within(Math.min(patience, deadline - now), refresh.outcome);
      if (outcome === 'abandoned') continue;
      if (outcome !== undefined && 'credentials' in outcome) return outcome.credentials;
      if (held === undefined) throw outcome ?? refresh.error();
      refresh.slow = true;
      if (this.#usable(Date.now()) === held) return held.credentials;
    }
  }

  /** Drops the credentials if they are the rejected ones, or whatever they are if none are given. */
  invalidate(rejected?: { readonly accessKeyId: string }): void {
    if (rejected === undefined || rejected.accessKeyId === this.#held?.credentials.accessKeyId) {
      this.#held = undefined;
    }
  }

  /** Fetches credentials if there are none. Never rejects: if it fails, the next `get` tries again. */
  async prefetch(): Promise<void> {
    const now = Date.now();
    if (this.#usable(now) === undefined) await this.#join(NEVER, now).outcome;
  }

  /** An invocation begins. */
  begin(invocation: Invocation): void {
    const now = Date.now();
    // Those that are long over never told their end.
    for (const other of this.#running) if (other.deadline < now) this.#running.delete(other);
    if (!this.#initPhase) this.#stopIfNoneRuns();
    this.#initPhase = false;
    this.#running.add(invocation);
  }

  /**
   * An invocation ends.
   * @param finish whether to give a refresh in flight a moment to finish
   */
  async end(invocation: Invocation, finish: boolean): Promise<void> {
    const patience = Math.min(this.#settings.finishRefreshMs, invocation.deadline - Date.now());
    if (finish && patience > 0 && this.#running.size === 1 && this.#refresh !== undefined) {
      await within(patience, this.#refresh.outcome);
    }
    this.#running.delete(invocation);
    this.#stopIfNoneRuns();
  }

  /** The credentials, unless they have expired. */
  #usable(now: number): HeldCredentials | undefined {
    return freshness(this.#held, now) === 'expired' ? undefined : this.#held;
  }

  /**
   * When a user's time is up: with its invocation. If that is over (a client was made from its context and kept), with
   * the last of those that run. Outside of invocations, never.
   */
  #deadline(invocation: Invocation | undefined, now: number): number {
    if (invocation !== undefined && this.#running.has(invocation)) return invocation.deadline;
    const deadlines = [...this.#running].map(({ deadline }) => deadline).filter((deadline) => deadline > now);
    return deadlines.length === 0 ? NEVER : Math.max(...deadlines);
  }

  /** The refresh in flight, if it can be trusted, or a new one. It continues as long as one of its users has time. */
  #join(deadline: number, now: number): Refresh {
    const until = deadline === NEVER ? now + DEFAULT_BUDGET_MS : deadline;
    if (this.#refresh?.interrupted()) this.#stop();
    if (this.#refresh !== undefined) {
      this.#refresh.extend(until);
      return this.#refresh;
    }
    const refresh = new Refresh(this.#settings.request, until);
    this.#refresh = refresh;
    // Never rejects.
    void refresh.run((outcome) => {
      // One that was stopped has been replaced, and has no say any more.
      if (this.#refresh !== refresh) return;
      this.#refresh = undefined;
      this.#settle(outcome);
    });
    return refresh;
  }

  #settle(outcome: RefreshOutcome): void {
    if (outcome !== 'abandoned' && 'credentials' in outcome) {
      const { durationMs, refreshWindowMs } = this.#settings;
      this.#held = holdCredentials(outcome, durationMs, refreshWindowMs, Math.random());
      this.#failures = 0;
      return;
    }
    this.#countFailure();
    const now = Date.now();
    const held = this.#usable(now);
    if (outcome !== 'abandoned' && held !== undefined) {
      this.#warn('Refreshing role credentials failed. The old ones are still valid', {
        roleArn: outcome.roleArn,
        validForSeconds: Math.floor((held.expiresAt - now) / 1_000),
        errorCode: outcome.code,
        reason: outcome.message,
        requestId: outcome.requestId,
      });
    }
  }

  #warn(message: string, details: Readonly<Record<string, unknown>>): void {
    try {
      this.#settings.logger.warn(message, details);
    } catch {
      // A logger that fails must not make credentials fail.
    }
  }

  #stopIfNoneRuns(): void {
    if (this.#running.size === 0) this.#stop();
  }

  #stop(): void {
    if (this.#refresh === undefined) return;
    this.#refresh.stop();
    this.#refresh = undefined;
    this.#countFailure();
  }

  #countFailure(): void {
    this.#failures += 1;
    this.#pausedUntil = Date.now() + refreshPause(this.#failures);
  }
}
