import { gunzipSync } from 'node:zlib';
import type { SimulatedEnvironment } from './environment.ts';
import type { Ending, SimulatedInvocation } from './lambda.ts';
import type { Item, Reply, Sent, Watch } from './network.ts';
import type {
  ApiInvocation,
  CallerInvocation,
  Fate,
  Observed,
  Sender,
  StsRequest,
  TableRequest,
} from './observed.ts';
import { type Session, signedAt } from './sts.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer One)[] ? One[] : T[Key] };

/** What is known of an environment. */
interface Seen {
  /** Counts the refusals of its credentials. */
  rejections: number;
  openSts: number;
  /** The time of its signatures, less that of its clock: of the client's own, and of the corrections that its calls try. */
  offsetsMs: number[];
  /** How many more of them may appear. Each refused signature allows one. */
  newOffsets: number;
  /** The state in which they were measured. */
  offsetEpoch: string;
}

interface Caller {
  readonly run: number;
  readonly sent: Mutable<CallerInvocation['sent'][number]>[];
  answeredAt: number;
}

/** Watches a history, and collects the observations for the invariants. */
export class Observer {
  readonly #now: () => number;
  readonly #observed: {
    [Key in keyof Observed]: Observed[Key] extends readonly (infer One)[] ? One[] : Observed[Key];
  };
  readonly #seen = new Map<SimulatedEnvironment, Seen>();
  readonly #callers = new Map<SimulatedInvocation, Caller>();
  readonly #api = new Map<SimulatedInvocation, Mutable<ApiInvocation>>();
  readonly #senders = new Map<string, Sender>();
  /** The requests in flight. */
  readonly #open = new Map<SimulatedInvocation, Set<string>>();

  /** @param now the true time */
  constructor(now: () => number, limits: Observed['limits']) {
    this.#now = now;
    this.#observed = {
      api: [],
      invocations: [],
      signed: [],
      oldSignatures: [],
      sts: [],
      overlappingSts: [],
      outliving: [],
      disturbances: [],
      limits,
      texts: [],
    };
  }

  get observed(): Observed {
    return this.#observed;
  }

  /** A text was logged, or is the message of an error. */
  text(text: string): void {
    this.#observed.texts.push(text);
  }

  /** A fault strikes, or a service is deployed. @param forMs the time for which that lasts */
  disturbed(at: number, forMs: number): void {
    this.#observed.disturbances.push({ from: at, to: at + forMs });
  }

  /** A caller is invoked. */
  callerInvoked(invocation: SimulatedInvocation, run: number): void {
    this.#callers.set(invocation, { run, sent: [], answeredAt: this.#now() });
  }

  callerEnded(
    invocation: SimulatedInvocation,
    ended: Pick<CallerInvocation, 'call' | 'ending' | 'begunAt' | 'asksFor' | 'afterFaults'>,
  ): void {
    const { id, environment, deadline, stalledBefore } = invocation;
    const { run = 0, sent = [], answeredAt = 0 } = this.#callers.get(invocation) ?? {};
    this.#observed.invocations.push({
      ...ended,
      id,
      run,
      environment: environment.name,
      deadline,
      sent,
      answeredAt,
      endedAt: this.#now(),
      stalled: environment.stalledMs > stalledBefore,
    });
    if (ended.ending.type !== 'died') this.#endsWith(invocation);
  }

  /** A caller sends a request to the API. @param isOfCall whether it is a part of the call, and no other one */
  callsApi(
    sent: Sent,
    session: Session | undefined,
    invocation: SimulatedInvocation | undefined,
    isOfCall: boolean,
  ): Watch {
    const { from } = sent;
    const at = from.now();
    const seen = this.#seenOf(from);
    if (session !== undefined) {
      const stalledMs = from.stalledUntil > at - STALLED_JUST_NOW_MS ? from.stalledMs : 0;
      this.#observed.signed.push({
        environment: from.name,
        at,
        expiresAt: session.expiresAt,
        toleranceMs: from.clockStepsMs + stalledMs,
      });
    }
    this.#checkSignature(sent, seen);
    const caller = invocation && this.#callers.get(invocation);
    const attempt: Mutable<CallerInvocation['sent'][number]> = {
      at,
      settledAt: undefined,
      fate: 'unknown',
      isBusy: false,
      requestIds: [],
    };
    if (isOfCall) caller?.sent.push(attempt);
    const sender = {
      id: invocation?.id ?? 'nobody',
      run: caller?.run ?? 0,
      request: caller?.sent.length ?? 0,
    };
    const close = this.#opens(sent, invocation);
    return {
      ...IGNORED,
      received: (requestId) => {
        attempt.requestIds.push(requestId);
        this.#senders.set(requestId, sender);
      },
      settled: (answer) => {
        close();
        attempt.fate = fateOf(answer);
        attempt.settledAt = from.now();
        attempt.isBusy = attempt.fate === 503 && textOf(answer).includes('is being executed');
        if (caller !== undefined) caller.answeredAt = from.now();
        if (answer instanceof Error || answer.status !== 403) return;
        const { 'x-amzn-errortype': type = '' } = answer.headers;
        if (/^(ExpiredToken|UnrecognizedClient)/.test(type)) seen.rejections += 1;
        if (type.startsWith('InvalidSignature')) seen.newOffsets += 1;
      },
    };
  }

  /** The signature of a request is as old as that of an earlier request, although time has passed. */
  #checkSignature(sent: Sent, seen: Seen): void {
    const { from } = sent;
    const offsetMs = signedAt(sent) - from.now() - from.clockOffsetMs;
    const epoch = [from.clockStepsMs, from.stalledMs].join();
    if (epoch !== seen.offsetEpoch) {
      // All of them have moved: that of the client, and those that calls try.
      const newOffsets = seen.offsetsMs.length + seen.newOffsets;
      Object.assign(seen, { offsetEpoch: epoch, offsetsMs: [], newOffsets });
    }
    const { offsetsMs } = seen;
    // The time of a signature has no milliseconds.
    const fitting = offsetsMs.filter((one) => Math.abs(one - offsetMs) <= 1_100);
    const [known = offsetMs] = fitting;
    // Two calls may try corrections that differ by little. What fits both says nothing new of either.
    if (fitting.length === 1) offsetsMs[offsetsMs.indexOf(known)] = Math.max(known, offsetMs);
    if (fitting.length > 0) return;
    if (seen.newOffsets > 0) {
      seen.newOffsets -= 1;
      offsetsMs.push(offsetMs);
    } else {
      const ageMs = Math.max(...offsetsMs) - offsetMs;
      if (ageMs > 0) this.#observed.oldSignatures.push({ environment: from.name, ageMs });
      else offsetsMs.push(offsetMs);
    }
  }

  /** An environment sends a request to STS. */
  asksSts({
    from,
    signal,
  }: {
    readonly from: SimulatedEnvironment;
    readonly signal: AbortSignal | undefined;
  }): Watch {
    const at = from.now();
    const { frozenMs: frozenBefore } = from;
    const seen = this.#seenOf(from);
    if (seen.openSts > 0) this.#observed.overlappingSts.push({ environment: from.name, at });
    seen.openSts += 1;
    const request: Writable<StsRequest> = {
      environment: from.name,
      at,
      tookMs: undefined,
      awakeMs: 0,
      clockMs: from.clockOffsetMs,
      fate: 'failed',
      epoch: this.#epochOf(from),
    };
    this.#observed.sts.push(request);
    const end = () => {
      if (request.tookMs !== undefined) return false;
      request.tookMs = from.now() - at;
      request.awakeMs = request.tookMs - (from.frozenMs - frozenBefore);
      seen.openSts -= 1;
      return true;
    };
    signal?.addEventListener('abort', end);
    return {
      ...IGNORED,
      settled: (answer) => {
        const isWhole = !(answer instanceof Error) && answer.status === 200 && answer.end === undefined;
        if (end() && isWhole) request.fate = 'answered';
      },
    };
  }

  /** A function of the API sends a request to DynamoDB. */
  asksTable(sent: Sent, invocation: SimulatedInvocation | undefined): Watch {
    const running = invocation && this.#api.get(invocation);
    const close = this.#opens(sent, invocation);
    const { kind } = sent;
    if (kind === 'messages PutItem') this.begins(invocation);
    const isWrite = kind === 'keys UpdateItem';
    const write = running?.writes.length ?? 0;
    if (isWrite) running?.writes.push('unknown');
    if (kind === 'keys DeleteItem' && running !== undefined) running.forgets = true;
    const asked: Writable<TableRequest> = { kind, at: sent.from.now(), settledAt: undefined };
    running?.asked.push(asked);
    return {
      ...IGNORED,
      settled: (answer) => {
        close();
        // The rest of a body that is held never comes.
        if (answer instanceof Error || answer.end !== 'held') asked.settledAt = sent.from.now();
      },
      stored: (item) => {
        if (running === undefined) return;
        if (kind === 'messages PutItem' && item !== undefined) this.#storesMessage(running, item);
        if (kind === 'keys DeleteItem') running.forgottenAt ??= this.#now();
        if (kind === 'keys PutItem' && running.forgottenAt !== undefined) running.recordedAgain = true;
        if (!isWrite) return;
        running.writes[write] = 'stored';
        if (item?.status?.S === 'COMPLETED') running.storedAt ??= this.#now();
      },
      refused: () => {
        if (isWrite && running !== undefined) running.writes[write] = 'refused';
      },
    };
  }

  #storesMessage({ effects }: Mutable<ApiInvocation>, item: Item): void {
    const id = String(item.id?.S);
    if (effects.some((effect) => effect.id === id)) return;
    const message = Number(/"message":(\d+)/.exec(String(item.body?.S).slice(0, 100))?.[1]);
    effects.push({ id, message, at: this.#now() });
  }

  /** A function of the API gets a request. */
  apiInvoked(
    invocation: SimulatedInvocation,
    requestId: string,
    principal: string,
    request: string,
    sent: Sent,
    table: number | undefined,
    timeoutMs: number,
  ): void {
    const running: Mutable<ApiInvocation> = {
      requestId,
      by: this.#senders.get(requestId) ?? NOBODY,
      principal,
      key: sent.headers['idempotency-key'],
      request: request + sent.body,
      table,
      environment: invocation.environment.name,
      invokedAt: this.#now(),
      begunAt: undefined,
      deadline: invocation.deadline,
      timeoutMs,
      effects: [],
      asked: [],
      writes: [],
      storedAt: undefined,
      forgets: false,
      forgottenAt: undefined,
      recordedAgain: false,
      stalled: false,
      endedAt: undefined,
      ending: undefined,
      answer: '',
    };
    this.#api.set(invocation, running);
    this.#observed.api.push(running);
  }

  /** The handler begins. */
  begins(invocation: SimulatedInvocation | undefined): void {
    const running = invocation && this.#api.get(invocation);
    if (running !== undefined) running.begunAt ??= invocation?.environment.now();
  }

  /** A function of the API has ended. */
  apiEnded(invocation: SimulatedInvocation, ending: Ending): void {
    const running = this.#api.get(invocation);
    if (running === undefined) return;
    const { environment, stalledBefore } = invocation;
    running.stalled = environment.stalledMs > stalledBefore;
    running.endedAt = this.#now();
    running.ending = sayEnding(ending);
    if (ending.type === 'returned') running.answer = (ending.value as { readonly body: string }).body;
    if (ending.type !== 'died') this.#endsWith(invocation);
  }

  /** An environment freezes. */
  freezes(environment: SimulatedEnvironment): void {
    if (this.#seenOf(environment).openSts > 0 && environment.invocation >= 0) {
      this.#observed.outliving.push(`${environment.name} froze with an open request to STS`);
    }
  }

  #opens({ from, kind, shown, signal }: Sent, invocation: SimulatedInvocation | undefined): () => void {
    if (invocation === undefined) return () => {};
    const { id, ending } = invocation;
    if (ending !== undefined && !from.isDead)
      this.#observed.outliving.push(`${id} sent ${shown} after its end`);
    const open = this.#open.get(invocation) ?? new Set();
    this.#open.set(invocation, open);
    const name = `${kind} ${open.size}`;
    open.add(name);
    const close = () => void open.delete(name);
    signal?.addEventListener('abort', close);
    return close;
  }

  #endsWith(invocation: SimulatedInvocation): void {
    const open = this.#open.get(invocation) ?? [];
    for (const name of open) this.#observed.outliving.push(`${invocation.id} ended before ${name}`);
  }

  #seenOf(environment: SimulatedEnvironment): Seen {
    let seen = this.#seen.get(environment);
    if (seen === undefined) {
      seen = { rejections: 0, openSts: 0, offsetsMs: [0], newOffsets: 0, offsetEpoch: '0,0' };
      this.#seen.set(environment, seen);
    }
    return seen;
  }

  #epochOf(environment: SimulatedEnvironment): string {
    const { rejections } = this.#seenOf(environment);
    return [rejections, environment.clockStepsMs, environment.stalledMs].join();
  }
}

const NOBODY: Sender = { id: 'nobody', run: 0, request: 0 };
const IGNORED: Watch = { settled: () => {}, stored: () => {}, refused: () => {}, received: () => {} };

/** A request may be sent this long after its credentials were read. */
const STALLED_JUST_NOW_MS = 1_000;

function fateOf(answer: Reply | Error): Fate {
  if (!(answer instanceof Error)) return answer.end === undefined ? answer.status : 'unknown';
  return 'syscall' in answer && answer.syscall === 'connect' ? 'not sent' : 'unknown';
}

/** The text of a problem document. Empty if a caller cannot read one: a fault has cut a compressed body, or changed its type. */
function textOf(answer: Reply | Error): string {
  if (answer instanceof Error || answer.headers['content-type'] !== 'application/problem+json') return '';
  const { headers, body } = answer;
  if (headers['content-encoding'] === undefined) return body.toString();
  try {
    return gunzipSync(body).toString();
  } catch {
    return '';
  }
}

function sayEnding(ending: Ending): ApiInvocation['ending'] {
  if (ending.type === 'died') return ending.timedOut ? 'timed out' : 'killed';
  if (ending.type === 'threw') return 'failed';
  const { statusCode } = ending.value as { readonly statusCode: number };
  return statusCode < 400 ? 'succeeded' : 'failed';
}
