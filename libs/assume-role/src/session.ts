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

/** What a {@link RoleSession} needs. */
export interface SessionSettings extends RoleRequest {
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
 * connection and perhaps an expired signature. So nobody waits for what was in flight before a freeze:
 *
 * 1. When the last running invocation ends, the refresh is stopped.
 * 2. A refresh whose step is overdue was frozen, and is replaced. This covers a freeze that nobody announced: after the
 *    init phase, by a middleware that ends the invocation early, without middy.
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

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** Credentials that are good for a request now. */
  async get(invocation?: Invocation): Promise<RoleCredentials> {
    for (;;) {
      const now = Date.now();
      const held = this.#usable();
      const paused = this.#refresh === undefined && now < this.#pausedUntil;
      if (held !== undefined && (now < held.refreshAt || paused)) return held.credentials;

      const deadline = this.#deadline(invocation);
      const refresh = this.#join(deadline);
      if (held !== undefined && now < held.waitAt) return held.credentials;

      const outcome = await within(deadline - now, () =>
        held === undefined ? refresh.outcome : Promise.race([refresh.outcome, refresh.failed]),
      );
      // New credentials are held by now, or a new refresh is due.
      if (outcome !== undefined && !(outcome instanceof Error)) continue;
      if (held === undefined) throw outcome ?? refresh.error();
      if (this.#usable() === held) return held.credentials;
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
    if (this.#usable() === undefined) await this.#join(this.#deadline()).outcome;
  }

  /** An invocation begins. */
  begin(invocation: Invocation): void {
    // Those that are long over never told their end.
    for (const other of this.#running) if (other.deadline < Date.now()) void this.end(other, false);
    this.#running.add(invocation);
  }

  /** An invocation ends. If `finish`, a refresh in flight is given a moment to finish. */
  async end(invocation: Invocation, finish: boolean): Promise<void> {
    const refresh = this.#refresh;
    const patience = Math.min(this.#settings.finishRefreshMs, invocation.deadline - Date.now());
    if (finish && patience > 0 && this.#running.size === 1 && refresh !== undefined) {
      await within(patience, () => refresh.outcome);
    }
    this.#running.delete(invocation);
    if (this.#running.size === 0) this.#stop();
  }

  /** The credentials, unless they have expired. */
  #usable(): HeldCredentials | undefined {
    return this.#held !== undefined && isValid(this.#held, Date.now()) ? this.#held : undefined;
  }

  /**
   * When a user's time is up: with its invocation. If that is over (a client was made from its context and kept), with
   * the last of those that run.
   */
  #deadline(own?: Invocation): number {
    if (own !== undefined && this.#running.has(own)) return own.deadline;
    const last = Math.max(...Array.from(this.#running, ({ deadline }) => deadline));
    return last > Date.now() ? last : Date.now() + DEFAULT_BUDGET_MS;
  }

  /** The refresh in flight, if it can be trusted, or a new one. It continues as long as one of its users has time. */
  #join(deadline: number): Refresh {
    if (this.#refresh?.interrupted()) this.#stop();
    if (this.#refresh !== undefined) {
      this.#refresh.extend(deadline);
      return this.#refresh;
    }
    const refresh = startRefresh(this.#settings, deadline);
    this.#refresh = refresh;
    void refresh.outcome.then((outcome) => {
      // One that was stopped has been replaced, and has no say any more.
      if (this.#refresh === refresh) this.#settle(outcome);
    });
    return refresh;
  }

  #settle(outcome: RefreshOutcome): void {
    this.#refresh = undefined;
    if (outcome !== 'abandoned' && 'credentials' in outcome) {
      const { durationMs, refreshWindowMs } = this.#settings;
      this.#held = holdCredentials(outcome, durationMs, refreshWindowMs, Math.random());
      this.#failures = 0;
      return;
    }
    this.#countFailure();
    const held = this.#usable();
    if (outcome === 'abandoned' || held === undefined) return;
    try {
      this.#settings.logger.warn('Refreshing role credentials failed. The old ones are still valid', {
        roleArn: outcome.roleArn,
        validForSeconds: Math.floor((held.expiresAt - Date.now()) / 1_000),
        errorCode: outcome.code,
        reason: outcome.message,
        requestId: outcome.requestId,
      });
    } catch {
      // A logger that fails must not make credentials fail.
    }
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
