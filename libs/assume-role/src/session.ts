import type { AssumeRoleInput, Failure, RoleCredentials, StsClient } from './sts.ts';
import { askSts, timeout } from './sts.ts';

/** The time before expiry from which a refresh is due. */
const REFRESH_WINDOW_MS = 300_000;
/** The time before expiry from which users wait for the refresh. Signing, a slow connection and a skewed clock must fit in. */
const WAIT_WINDOW_MS = 60_000;
/** The longest wait for a refresh in flight at the end of an invocation. */
const FINISH_REFRESH_MS = 250;
/** The longest wait of a user outside of invocations. */
const DEFAULT_BUDGET_MS = 10_000;
/** The time for which credentials are kept that replaced rejected ones. If an API rejects these too, newer ones do not help. */
const KEEP_REPLACEMENT_MS = 10_000;
/** A process whose timers are this late was frozen. */
const LATENESS_MS = 1_000;

/**
 * Sets the times (milliseconds since the epoch) at which new credentials age. The lifetime counts from the request, by
 * the local clock, and is never longer than requested. So a slow clock does not make expired credentials look valid.
 * STS issues no expired credentials: if they look expired, the local clock is fast, and they live as long as requested.
 * @param random a number in [0, 1): moves the refresh forward by up to a fifth of the window
 */
export function hold(credentials: RoleCredentials, asked: number, durationMs: number, random: number) {
  const left = credentials.expiration.getTime() - asked;
  const lifetime = left > 0 ? Math.min(left, durationMs) : durationMs;
  const expiresAt = asked + lifetime;
  // With lifetimes below 15 minutes, all windows shrink.
  return {
    credentials,
    asked,
    /** From then on, new ones are fetched while these are used. */
    refreshAt: expiresAt - Math.min(REFRESH_WINDOW_MS, lifetime / 3) * (1 + 0.2 * random),
    /** From then on, users wait for new ones, and get these only if STS gives none. */
    waitAt: expiresAt - Math.min(WAIT_WINDOW_MS, lifetime / 15),
    expiresAt,
  };
}

type HeldCredentials = ReturnType<typeof hold>;

/** Whether credentials are valid at a time. A time before the request means that the clock was set back: they are not. */
export function isValid({ asked, expiresAt }: HeldCredentials, now: number): boolean {
  return now >= asked && now < expiresAt;
}

/** The pause before the next refresh after n failed ones, in milliseconds. The old credentials are still valid. */
export function refreshPause(failures: number): number {
  // The first failure may just be a freeze.
  return failures <= 1 ? 0 : Math.min(30_000, 1_000 * 2 ** (failures - 2));
}

/**
 * The pause after the n-th failure, in milliseconds: a random time up to a bound ("full jitter"). The first bound is short, because one
 * failure may be a broken connection. From the second on, STS may be overloaded: the bound is 1 second, and doubles up to 5.
 */
export function retryDelay(failures: number, random: number): number {
  return random * (failures <= 1 ? 100 : Math.min(5_000, 1_000 * 2 ** (failures - 2)));
}

/** Receives warnings. The logger of `@aws-lambda-powertools/logger` fits. */
export interface RefreshLogger {
  /** @param details `roleArn`, `validForSeconds`, `errorCode`, `reason` and `requestId` */
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** An invocation that runs, by its deadline in milliseconds since 1970. */
export type RunningInvocation = { readonly deadline: number };

/**
 * Makes the holder of one role's credentials in one execution environment. Its users share one STS request. If it fails,
 * users who have no credentials repeat it as long as they have time.
 *
 * Lambda freezes the process between invocations. A request in flight then has a dead connection and perhaps an expired
 * signature. So no user waits for a request from before a freeze:
 * 1. When the last running invocation ends, the request is stopped.
 * 2. A request that is overdue was frozen, and is replaced. This covers freezes that are not announced: after the init
 *    phase, by a middleware that ends the invocation early, without middy.
 */
export function createSession(sts: StsClient, input: AssumeRoleInput, timeoutMs: number, log: RefreshLogger) {
  const running = new Set<RunningInvocation>();
  let held: HeldCredentials | undefined;
  /** The request in flight. Resolves to `undefined` if there are credentials, or if it was stopped or frozen. */
  let request: Promise<Failure | undefined> | undefined;
  let controller = new AbortController();
  /** Whether the last request has got so far that STS was asked. Before, the program's own credentials must come. */
  let isAsked = true;
  const noAnswer = () => timeout(input, isAsked);
  /** When the request is answered or given up, if the process runs. */
  let due = 0;
  /** Requests in a row that failed or were stopped. */
  let failures = 0;
  /** When STS may be asked again while the old credentials are valid. */
  let pausedUntil = 0;
  /** When STS may be asked again if there are no credentials. */
  let retryAt = 0;
  /** When rejected credentials were last dropped. */
  let droppedAt = Number.NEGATIVE_INFINITY;

  const usable = () => (held !== undefined && isValid(held, Date.now()) ? held : undefined);

  /** A user has time until its invocation ends. If it has ended (a client was kept), until the last running one ends. */
  const deadlineOf = (own?: RunningInvocation): number => {
    if (own !== undefined && running.has(own)) return own.deadline;
    const last = Math.max(...Array.from(running, ({ deadline }) => deadline));
    return last > Date.now() ? last : Date.now() + DEFAULT_BUDGET_MS;
  };

  // In a frozen process, timers do not fire in time. So a freeze is detected on resume, before any event is handled.
  const isLate = () => Date.now() > due + LATENESS_MS;

  /** The request has failed, or is no longer trusted. */
  const giveUp = (): void => {
    controller.abort();
    request = undefined;
    failures += 1;
    pausedUntil = Date.now() + refreshPause(failures);
  };

  /** Returns the request in flight. Makes a new one if none is in flight, or if it was frozen. */
  const join = (limitMs = timeoutMs): Promise<Failure | undefined> => {
    if (request !== undefined && isLate()) giveUp();
    request ??= ask(limitMs);
    return request;
  };

  const ask = (limitMs: number): Promise<Failure | undefined> => {
    const asked = Date.now();
    due = asked + limitMs;
    controller = new AbortController();
    const { signal } = controller;
    isAsked = false;
    const answered = askSts(sts, input, signal, held?.credentials, () => {
      // A request that was given up says nothing about the next one.
      isAsked ||= !signal.aborted;
    });
    const asking = within(limitMs, answered, noAnswer, controller).then((answer) => {
      // Ignores the answer of an abandoned request.
      if (request !== asking) return undefined;
      // The clock may have been set back since it was set.
      retryAt = 0;
      if ('accessKeyId' in answer) {
        request = undefined;
        held = hold(answer, asked, input.DurationSeconds * 1_000, Math.random());
        failures = 0;
        return undefined;
      }
      giveUp();
      // A freeze says nothing about STS.
      if (isLate()) return undefined;
      if (answer.kind === 'transient') retryAt = Date.now() + retryDelay(failures, Math.random());
      // No user waits a second time.
      if (held !== undefined) held.waitAt = held.expiresAt;
      warn(answer);
      return answer;
    });
    return asking;
  };

  const warn = (failure: Failure): void => {
    const old = usable();
    if (old === undefined) return;
    const validForSeconds = Math.floor((old.expiresAt - Date.now()) / 1_000);
    const { roleArn, code: errorCode, message: reason, requestId } = failure.toError(1);
    try {
      const details = { roleArn, validForSeconds, errorCode, reason, requestId };
      log.warn('Refreshing role credentials failed. The old ones are still valid', details);
    } catch {
      // A logger that fails must not make credentials fail.
    }
  };

  /** Returns credentials that are good for a request now. */
  const get = async (invocation?: RunningInvocation): Promise<RoleCredentials> => {
    const deadline = deadlineOf(invocation);
    let last: Failure | undefined;
    const lastOrNone = () => last ?? noAnswer();
    for (let attempts = 0; ; ) {
      const now = Date.now();
      const old = usable();
      const isOver = now >= deadline;
      if (old !== undefined && (isOver || now < Math.max(old.refreshAt, pausedUntil))) return old.credentials;
      if (isOver) throw lastOrNone().toError(attempts);
      if (old === undefined && now < retryAt && retryAt < deadline) {
        await within<void>(retryAt - now, new Promise(() => {}), () => undefined);
        continue;
      }
      const failure = join();
      if (old !== undefined && now < old.waitAt) return old.credentials;

      attempts += 1;
      const isRunning = invocation !== undefined && running.has(invocation);
      const next = await within(deadline - now, failure, lastOrNone);
      // The invocation has ended, and its end has stopped the request. A new one would go on after the end.
      if (next === undefined && isRunning && running.size === 0 && usable() === undefined) {
        throw lastOrNone().toError(attempts);
      }
      // There are credentials now, or a new request is due.
      if (next === undefined) return get(invocation);
      if (old !== undefined) return usable() === old ? old.credentials : get(invocation);
      // The client has just corrected its clock.
      const isCorrected = next.kind === 'skewed' && last?.kind !== 'skewed';
      last = next;
      if ((last.kind !== 'transient' && !isCorrected) || retryAt >= deadline) throw last.toError(attempts);
    }
  };

  /** Ends an invocation. With `finish`, a request in flight gets a moment to finish. */
  const end = async (invocation: RunningInvocation, finish: boolean): Promise<void> => {
    const graceMs = Math.min(FINISH_REFRESH_MS, invocation.deadline - Date.now());
    if (finish && running.size === 1 && request !== undefined)
      await within(graceMs, request, () => undefined);
    running.delete(invocation);
    if (running.size === 0 && request !== undefined) giveUp();
  };

  return {
    get,
    end,
    /**
     * Drops the credentials if they are the rejected ones, unless they have just replaced others that were rejected. Drops them in
     * any case if none are given.
     */
    invalidate: (rejected?: { readonly accessKeyId: string }): void => {
      if (rejected !== undefined) {
        if (rejected.accessKeyId !== held?.credentials.accessKeyId) return;
        const elapsed = Date.now() - droppedAt;
        if (elapsed >= 0 && elapsed < KEEP_REPLACEMENT_MS) return;
        droppedAt = Date.now();
      }
      held = undefined;
    },
    /** Asks STS once if there are no credentials. Never rejects: if that fails, the next `get` tries again. */
    prefetch: async (limitMs = timeoutMs): Promise<void> => {
      if (usable() === undefined) await join(Math.min(limitMs, timeoutMs));
    },
    /** Begins an invocation. `end` ends it. */
    begin: (deadline: number): RunningInvocation => {
      // Ends the invocations that never called `end()`.
      for (const other of running) if (other.deadline < Date.now()) void end(other, false);
      const invocation = { deadline };
      running.add(invocation);
      return invocation;
    },
  };
}

/** Waits for a promise until the time is up or the controller aborts. Aborts the controller when the time is up. */
async function within<T>(
  ms: number,
  promise: Promise<T>,
  otherwise: () => T,
  controller = new AbortController(),
) {
  const over = Promise.withResolvers<T>();
  controller.signal.addEventListener('abort', () => over.resolve(otherwise()));
  // A longer delay would fire at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
  const timer = setTimeout(() => controller.abort(), Math.min(ms, 2 ** 31 - 1));
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
