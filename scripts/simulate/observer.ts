import type { Environment } from './environment.ts';
import type { Ending, Invocation } from './lambda.ts';
import type { Sender, Sent } from './network.ts';
import type { CallerInvocation, Execution, Observed } from './observed.ts';
import type { Call } from './plan.ts';
import type { Session } from './sts.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Running {
  readonly invocation: Invocation;
  readonly request: Sent;
  readonly by: Sender;
  begunAt?: number;
  execution?: Writable<Execution>;
}

/** Watches a history, and collects the observations for the invariants. */
export class Observer {
  readonly #now: () => number;
  readonly #observed = {
    executions: [] as Execution[],
    invocations: [] as CallerInvocation[],
    signed: [] as Observed['signed'][number][],
    overlappingSts: [] as Observed['overlappingSts'][number][],
    texts: [] as string[],
  };
  /** By the API's ID of a request. */
  readonly #running = new Map<string, Running>();
  /** The last effect in an environment, which is the one that it stores. */
  readonly #last = new Map<Environment, Writable<Execution>>();
  readonly #callers = new Map<Environment, Writable<Sender>>();
  readonly #openSts = new Map<Environment, number>();

  /** @param now the true time */
  constructor(now: () => number) {
    this.#now = now;
  }

  get observed(): Observed {
    return this.#observed;
  }

  /** A text was logged, or is the message of an error. */
  text(text: string): void {
    this.#observed.texts.push(text);
  }

  /** A caller is invoked. Returns a function that counts its requests. */
  callerInvoked({ environment, id }: Invocation, run: number): () => number {
    const sender = { id, run, request: 0 };
    this.#callers.set(environment, sender);
    return () => sender.request;
  }

  callerEnded(invocation: CallerInvocation): void {
    this.#observed.invocations.push(invocation);
  }

  /** A caller sends a request to the API. Returns the sender. */
  sends(environment: Environment, session: Session | undefined): Sender {
    const sender = this.#callers.get(environment) ?? NOBODY;
    sender.request += 1;
    const at = environment.now();
    if (session !== undefined) {
      const stalledMs = environment.stalledUntil > at - STALLED_JUST_NOW_MS ? environment.stalledMs : 0;
      this.#observed.signed.push({
        environment: environment.name,
        at,
        expiresAt: session.expiresAt,
        toleranceMs: environment.clockStepsMs + stalledMs,
      });
    }
    return { ...sender };
  }

  /** An environment sends a request to STS. Returns a function to call when it is answered or given up. */
  asksSts(environment: Environment): () => void {
    const open = this.#openSts.get(environment) ?? 0;
    if (open > 0)
      this.#observed.overlappingSts.push({ environment: environment.name, at: environment.now() });
    this.#openSts.set(environment, open + 1);
    let isOpen = true;
    return () => {
      if (isOpen) this.#openSts.set(environment, (this.#openSts.get(environment) ?? 1) - 1);
      isOpen = false;
    };
  }

  /** A function of the API gets a request. */
  invoked(requestId: string, request: Sent, invocation: Invocation): void {
    this.#running.set(requestId, { invocation, request, by: request.by ?? NOBODY });
  }

  /** The handler of a message begins. */
  begins(requestId: string): void {
    const running = this.#running.get(requestId);
    if (running !== undefined) running.begunAt = running.invocation.environment.now();
  }

  /** A message has its effect. Returns `false` if the process is dead, and has no effect. */
  executes(
    call: Call,
    requestId: string,
    table: number | undefined,
    timeoutMs: number,
    principal: string,
  ): boolean {
    const running = this.#running.get(requestId);
    if (running === undefined || running.invocation.environment.isDead) return false;
    const { invocation, request, by, begunAt = 0 } = running;
    const { environment } = invocation;
    const text = request.headers['idempotency-key'];
    const execution: Writable<Execution> = {
      call,
      requestId,
      by,
      key: text === undefined ? undefined : { text, principal },
      table,
      begunAt,
      at: environment.now(),
      deadline: invocation.deadline,
      timeoutMs,
      environment: environment.name,
      stalled: false,
      storedAt: undefined,
      endedAt: invocation.ending === undefined ? undefined : this.#now(),
      ending: undefined,
    };
    running.execution = execution;
    this.#last.set(environment, execution);
    this.#observed.executions.push(execution);
    return true;
  }

  /** The request of the principal for a message. */
  requestOf(requestId: string): Sent | undefined {
    return this.#running.get(requestId)?.request;
  }

  /** An environment sends a request to the table. Returns a function to call if the table stores that a request was executed. */
  asksTable(environment: Environment): () => void {
    const execution = this.#last.get(environment);
    return () => {
      if (execution !== undefined) execution.storedAt ??= this.#now();
    };
  }

  /** A function of the API has ended. */
  ended(requestId: string, ending: Ending): void {
    const { invocation, execution } = this.#running.get(requestId) ?? {};
    if (invocation === undefined || execution === undefined) return;
    execution.stalled = invocation.environment.stalledMs > invocation.stalledBefore;
    execution.endedAt = this.#now();
    execution.ending = sayEnding(ending);
  }
}

const NOBODY: Writable<Sender> = { id: 'nobody', run: 0, request: 0 };

/** A request may be sent this long after its credentials were read. */
const STALLED_JUST_NOW_MS = 1_000;

function sayEnding(ending: Ending): Execution['ending'] {
  if (ending.type === 'died') return ending.timedOut ? 'timed out' : 'killed';
  if (ending.type === 'threw') return 'failed';
  const { statusCode } = ending.value as { readonly statusCode: number };
  return statusCode < 400 ? 'succeeded' : 'failed';
}
