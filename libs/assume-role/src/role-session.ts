import { refreshPause } from './backoff.ts';
import { freshness, type HeldCredentials, holdCredentials } from './freshness.ts';
import {
  isOverdue,
  type RefreshOutcome,
  type RefreshProgress,
  type RefreshTask,
  refresh,
  refreshError,
} from './refresh.ts';
import { bounded, type Runtime } from './runtime.ts';
import type { RefreshLogger, RoleCredentials } from './types.ts';

/** An invocation, as far as credentials are concerned. */
export interface Invocation {
  /** When its time is up, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** What a {@link RoleSession} is made of. */
export interface RoleSessionParts
  extends Pick<RefreshTask, 'roleArn' | 'sentExternalId' | 'ask' | 'attemptTimeoutMs'> {
  readonly durationMs: number;
  readonly refreshWindowMs: number;
  readonly finishRefreshMs: number;
  readonly logger: RefreshLogger;
  readonly runtime: Runtime;
}

/** A refresh in flight. */
interface Flight {
  readonly outcome: Promise<RefreshOutcome>;
  readonly controller: AbortController;
  /** Begun in the init phase, which goes over into the first invocation. */
  readonly fromInit: boolean;
  readonly progress: RefreshProgress;
}

/** How long a refresh may take outside an invocation, where no deadline is known. */
const DEFAULT_BUDGET_MS = 10_000;

/**
 * The credentials of one role in one execution environment, and at most one refresh in flight.
 *
 * Lambda freezes the process after each invocation, for a second or for hours. A request that was in flight then has
 * a dead socket and a signature that may have expired, so it is never waited for in the next invocation:
 *
 * 1. The end of an invocation stops what is in flight (after a short wait, as it would be for nothing otherwise).
 * 2. So does the beginning of one, unless other invocations are running: then nothing was frozen.
 * 3. A refresh whose step is overdue has been frozen, whatever the reason why 1 and 2 missed it (a middleware that
 *    answered early, a provider that is used without middy).
 */
export class RoleSession {
  readonly #parts: RoleSessionParts;
  readonly #running = new Set<Invocation>();
  #held: HeldCredentials | undefined;
  #flight: Flight | undefined;
  /** The refresh that was waited for in vain: nobody who has something to fall back on waits for it again. */
  #slow: Flight | undefined;
  /** Refreshes in a row that came to nothing. */
  #failures = 0;
  /** Until when STS is left alone as long as the old credentials serve. */
  #pausedUntil = 0;
  #invoked = false;

  constructor(parts: RoleSessionParts) {
    this.#parts = parts;
  }

  /** Credentials that are good for a request now. */
  async get(invocation?: Invocation): Promise<RoleCredentials> {
    const { runtime } = this.#parts;
    for (;;) {
      const now = runtime.now();
      const held = this.#held;
      const state = freshness(held, now);
      if (held !== undefined && state === 'fresh') return held.credentials;
      if (held !== undefined && state !== 'expired') {
        if (this.#flight === undefined && now < this.#pausedUntil) return held.credentials;
        const flight = this.#join(invocation);
        if (state === 'ageing' || flight === this.#slow) return held.credentials;
        const renewed = await this.#waitWithFallback(flight, held);
        if (renewed !== undefined) return renewed;
        continue;
      }
      const outcome = await this.#wait(this.#join(invocation), invocation);
      if (outcome.kind === 'refreshed') return outcome.credentials;
      if (outcome.kind === 'failed') throw outcome.error;
    }
  }

  /** Drops the credentials at hand if they are the ones that were rejected. */
  invalidate(rejected?: { readonly accessKeyId: string }): void {
    if (rejected === undefined || rejected.accessKeyId === this.#held?.credentials.accessKeyId) {
      this.#held = undefined;
    }
  }

  /** Starts to fetch credentials in the init phase. Never rejects; the outcome shows in the first invocation. */
  async prefetch(): Promise<void> {
    if (freshness(this.#held, this.#parts.runtime.now()) === 'expired') {
      await this.#join(undefined).outcome;
    }
  }

  /** An invocation begins. */
  begin(invocation: Invocation): void {
    const now = this.#parts.runtime.now();
    for (const other of this.#running) {
      if (other.deadline < now) this.#running.delete(other);
    }
    const fromInit = this.#flight?.fromInit === true && !this.#invoked;
    if (this.#running.size === 0 && !fromInit) this.#abandon();
    this.#invoked = true;
    this.#running.add(invocation);
  }

  /**
   * An invocation ends.
   * @param finish whether to give a refresh in flight a moment to finish
   */
  async end(invocation: Invocation, finish: boolean): Promise<void> {
    this.#running.delete(invocation);
    const { runtime, finishRefreshMs } = this.#parts;
    const flight = this.#flight;
    if (flight === undefined || this.#running.size > 0) return;
    const patience = Math.min(finishRefreshMs, invocation.deadline - runtime.now());
    if (finish && patience > 0) await bounded(flight.outcome, patience, undefined, runtime);
    if (this.#flight === flight && this.#running.size === 0) this.#abandon();
  }

  /** The refresh in flight, if it can be trusted, or a new one. It goes on as long as any who joined has time. */
  #join(invocation: Invocation | undefined): Flight {
    const now = this.#parts.runtime.now();
    if (this.#flight !== undefined && isOverdue(this.#flight.progress.overAt, now)) this.#abandon();
    const deadline = this.#deadline(invocation) ?? now + DEFAULT_BUDGET_MS;
    if (this.#flight === undefined) return this.#start(deadline);
    const { progress } = this.#flight;
    progress.deadline = Math.max(progress.deadline, deadline);
    return this.#flight;
  }

  /**
   * When the time of a user is up: with the invocation, or, where that is over (a view of it was kept), with the last
   * of those that are running.
   * @returns `undefined` outside of invocations, where no deadline is known
   */
  #deadline(invocation: Invocation | undefined): number | undefined {
    if (invocation !== undefined && this.#running.has(invocation)) return invocation.deadline;
    const now = this.#parts.runtime.now();
    const deadlines = [...this.#running].map(({ deadline }) => deadline).filter((deadline) => deadline > now);
    return deadlines.length === 0 ? undefined : Math.max(...deadlines);
  }

  #start(deadline: number): Flight {
    const controller = new AbortController();
    const progress: RefreshProgress = { deadline, overAt: 0, attempts: 0, lastFailure: undefined };
    const { promise: outcome, resolve } = Promise.withResolvers<RefreshOutcome>();
    const flight: Flight = { outcome, controller, fromInit: !this.#invoked, progress };
    this.#flight = flight;
    void refresh({
      ...this.#parts,
      progress,
      signal: controller.signal,
      settle: (result) => {
        // One that was abandoned has been replaced and has no say any more.
        if (this.#flight === flight) {
          this.#flight = undefined;
          this.#settle(result);
        }
        resolve(result);
      },
    });
    return flight;
  }

  #settle(result: RefreshOutcome): void {
    const { runtime, durationMs, refreshWindowMs, roleArn } = this.#parts;
    if (result.kind === 'refreshed') {
      this.#failures = 0;
      this.#pausedUntil = 0;
      this.#held = holdCredentials(result.credentials, {
        asked: result.asked,
        durationMs,
        windowMs: refreshWindowMs,
        random: runtime.random(),
      });
      return;
    }
    this.#countFailure();
    const now = runtime.now();
    if (result.kind === 'failed' && this.#held !== undefined && freshness(this.#held, now) !== 'expired') {
      this.#warn('Refreshing the credentials of an assumed role failed; the old ones still serve', {
        roleArn,
        validForSeconds: Math.floor((this.#held.expiresAt - now) / 1_000),
        errorCode: result.error.code,
        reason: result.error.message,
        requestId: result.error.requestId,
      });
    }
  }

  /** A logger that fails must not make credentials fail. */
  #warn(message: string, details: Readonly<Record<string, unknown>>): void {
    try {
      this.#parts.logger.warn(message, details);
    } catch {
      // There is nowhere to tell it.
    }
  }

  #abandon(): void {
    const flight = this.#flight;
    if (flight === undefined) return;
    this.#flight = undefined;
    this.#countFailure();
    flight.controller.abort();
  }

  #countFailure(): void {
    this.#failures += 1;
    this.#pausedUntil = this.#parts.runtime.now() + refreshPause(this.#failures);
  }

  /**
   * Waits for new credentials while there are old ones to fall back on: no longer than one request may take.
   * @returns `undefined` where the refresh was abandoned and the question is to be put again
   */
  async #waitWithFallback(flight: Flight, held: HeldCredentials): Promise<RoleCredentials | undefined> {
    const { runtime, attemptTimeoutMs } = this.#parts;
    const patience = Math.min(attemptTimeoutMs, held.expiresAt - runtime.now());
    const result = await bounded(flight.outcome, patience, undefined, runtime);
    if (result.kind === 'value' && result.value.kind === 'refreshed') return result.value.credentials;
    if (result.kind === 'value' && result.value.kind === 'abandoned') return undefined;
    this.#slow = flight;
    if (freshness(held, runtime.now()) === 'expired') return undefined;
    return held.credentials;
  }

  async #wait(flight: Flight, invocation: Invocation | undefined): Promise<RefreshOutcome> {
    const { runtime } = this.#parts;
    // A refresh ends by the last deadline of all who joined; this user's may be earlier.
    const deadline = this.#deadline(invocation);
    if (deadline === undefined) return flight.outcome;
    const result = await bounded(flight.outcome, Math.max(0, deadline - runtime.now()), undefined, runtime);
    if (result.kind === 'value') return result.value;
    return { kind: 'failed', error: refreshError({ ...this.#parts, progress: flight.progress }) };
  }
}
