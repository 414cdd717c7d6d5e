import type { Answer } from './answer.ts';
import { checked } from './credential-source.ts';
import { DeadlineExceeded } from './errors/deadline-exceeded.ts';
import type { Attempt } from './errors/signed-fetch-error.ts';
import { exchange } from './exchange.ts';
import { callError, describeAttempt } from './failure.ts';
import type { PreparedCall } from './prepare.ts';
import { nextStep, type Step } from './retry.ts';
import { bounded } from './runtime.ts';
import { sign } from './sign.ts';
import type { CredentialSource, Runtime, SigningCredentials } from './types.ts';

/** What the calls of one client share. */
export interface CallEnvironment {
  readonly source: CredentialSource;
  readonly region: string;
  readonly marginMs: number;
  readonly maxResponseBytes: number;
  readonly fetch: () => typeof globalThis.fetch;
  readonly runtime: Runtime;
  /** How far the server's clock is ahead of the local one, in milliseconds; learnt from refused signatures. */
  readonly clock: { offsetMs: number };
}

/** What belongs to one call. */
export interface CallScope {
  /** Milliseconds that are left, the margin not yet taken off; infinite outside an invocation. */
  readonly remainingMs: () => number;
  readonly traceHeader: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A successful answer, and how many requests that counted it took. */
export interface CallResult {
  readonly answer: Answer;
  readonly attempts: readonly Attempt[];
  readonly counted: number;
  /** What must not be shown of the answer, should it repeat what was sent. */
  readonly secrets: readonly string[];
}

/**
 * Makes a call: signs, sends, decides, and again. What is sent and what to do next are decided elsewhere
 * ({@link sign}, {@link nextStep}); here is the order of things, and the time.
 * @throws a SignedFetchError, what the credential source throws, or the signal's reason
 */
export async function makeCall(
  call: PreparedCall,
  environment: CallEnvironment,
  scope: CallScope,
): Promise<CallResult> {
  const { source, region, runtime, clock, marginMs } = environment;
  const { signal } = scope;
  const attempts: Attempt[] = [];
  const done = new Set<Step['kind']>();
  let counted = 0;
  // Attempts that were followed by a step which is taken once: they do not use up those that are allowed.
  let free = 0;
  const left = (): number => scope.remainingMs() - marginMs;
  const outOfTime = (): DeadlineExceeded => new DeadlineExceeded({ call: call.shown, attempts, marginMs });

  for (;;) {
    const credentials = await getCredentials(environment, scope, left(), outOfTime);
    const startedAt = runtime.now();
    const patienceMs = Math.min(call.timeoutMs, left());
    if (patienceMs <= 0) throw outOfTime();
    const traced = scope.traceHeader === undefined ? {} : { 'x-amzn-trace-id': scope.traceHeader };
    const signable = { ...call, headers: { ...call.headers, ...traced } };
    const signed = await sign(signable, credentials, region, startedAt + clock.offsetMs);
    const outcome = await exchange({
      ...signed,
      href: call.target.href,
      method: call.method,
      body: call.body,
      patienceMs,
      signal,
      maxBytes: environment.maxResponseBytes,
      fetch: environment.fetch(),
      runtime,
    });
    if (outcome === undefined) throw signal?.reason;

    const now = runtime.now();
    attempts.push(describeAttempt(outcome, patienceMs, now - startedAt));
    counted += 1;
    const step = nextStep(
      outcome,
      {
        repeatable: call.repeatable,
        keyed: call.keyed,
        renewable: source.invalidate !== undefined,
        counted: counted - free,
        done,
        serverTime: now + clock.offsetMs,
        now,
      },
      call.retry,
      runtime.random(),
    );
    if (step.kind === 'succeed' && outcome.kind === 'answer')
      return { answer: outcome.answer, attempts, counted, secrets: signed.secrets };
    if (outcome.kind === 'timeout' && patienceMs < call.timeoutMs) throw outOfTime();
    if (step.kind === 'fail' || step.kind === 'succeed')
      throw callError(call, attempts, outcome, now + clock.offsetMs);
    done.add(step.kind);
    if (step.kind === 'retry') {
      if (step.afterMs >= left()) throw outOfTime();
      await runtime.sleep(step.afterMs, signal);
    } else {
      prepareAgain(step, environment, credentials);
      // The one met a dead socket and never reached the API; the others did, and were refused.
      if (step.kind === 'resend') counted -= 1;
      else free += 1;
    }
  }
}

/** Gets ready for sending again at once. */
function prepareAgain(
  step: Exclude<Step, { kind: 'succeed' | 'fail' | 'retry' }>,
  { source, clock }: CallEnvironment,
  rejected: SigningCredentials,
): void {
  if (step.kind === 'renew') source.invalidate?.(rejected);
  if (step.kind === 'correct-clock') clock.offsetMs = step.offsetMs;
}

async function getCredentials(
  { source, runtime }: CallEnvironment,
  { signal }: CallScope,
  leftMs: number,
  outOfTime: () => DeadlineExceeded,
): Promise<SigningCredentials> {
  signal?.throwIfAborted();
  if (leftMs <= 0) throw outOfTime();
  const result = await bounded(source.getCredentials(), leftMs, signal, runtime);
  if (result.kind === 'value') return checked(result.value);
  throw result.kind === 'timeout' ? outOfTime() : signal?.reason;
}
