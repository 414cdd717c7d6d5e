import { isRefused } from '../../explain/refusal.ts';
import { isManagement } from '../../trace/call-log.ts';
import type { TraceRecord } from '../../trace/record.ts';
import { hasFailed, isWarmUp } from '../../trace/steps.ts';
import { type EarlierCalls, Tally } from '../../trace/tally.ts';

/** A call and the calls that it caused. */
export interface CallNode {
  readonly event: TraceRecord;
  readonly children: CallNode[];
}

/**
 * The outcome of a call with those that it caused: some were refused, some failed for another reason, all failed ones were repeated
 * and succeeded, soft mode let some through, or none failed.
 */
export type CallState = 'allowed' | 'refused' | 'failed' | 'recovered' | 'softened';

/** The summary that the list shows and filters by. */
export interface CallSummary {
  readonly outcome: CallState;
  readonly isManagement: boolean;
  readonly accountIds: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  /** The number of calls in the tree, with the root. */
  readonly count: number;
}

/** More records would fill the memory of the page, and users do not read such long lists. The oldest are dropped. */
const CAPACITY = 20_000;

/** The calls, as trees. */
export class CallStore {
  readonly #capacity: number;
  readonly #nodes = new Map<string, CallNode>();
  /** Calls whose cause has not arrived yet, by the cause's request ID. */
  readonly #waiting = new Map<string, CallNode[]>();
  readonly #listeners = new Set<() => void>();
  readonly #tally = new Tally<TraceRecord>();
  #roots: CallNode[] = [];

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** Calls that no known call has caused, in the order in which they were answered. */
  get roots(): readonly CallNode[] {
    return this.#roots;
  }

  /** The counts of the calls that were dropped, here or by local AWS. */
  get earlier(): EarlierCalls<TraceRecord> {
    return this.#tally.report();
  }

  /** Begins with the counts of earlier calls. When a connection begins again, the store has or has counted these calls already. */
  begin(earlier: EarlierCalls<TraceRecord>): void {
    if (this.#nodes.size > 0 || this.earlier.since !== undefined) return;
    this.#tally.addAll(earlier);
    this.#changed();
  }

  find(requestId: string): CallNode | undefined {
    return this.#nodes.get(requestId);
  }

  /** The outermost call that caused a call. */
  rootOf(requestId: string): CallNode | undefined {
    const seen = new Set<CallNode>();
    let node = this.#nodes.get(requestId);
    while (node !== undefined && !seen.has(node)) {
      seen.add(node);
      const parent = this.#nodes.get(node.event.parentRequestId ?? '');
      if (parent === undefined) return node;
      node = parent;
    }
    return node;
  }

  /** Adds calls in the order in which they were answered. Those that a call causes are answered before it. */
  add(records: readonly TraceRecord[]): void {
    const adopted = new Set<CallNode>();
    const roots: CallNode[] = [];
    for (const event of records) {
      const { requestId, parentRequestId } = event;
      if (this.#nodes.has(requestId)) continue;
      const children = this.#waiting.get(requestId) ?? [];
      for (const child of children) adopted.add(child);
      this.#waiting.delete(requestId);
      const node: CallNode = { event, children };
      this.#nodes.set(requestId, node);
      const parent = parentRequestId === undefined ? undefined : this.#nodes.get(parentRequestId);
      if (parent !== undefined && parent !== node) {
        parent.children.push(node);
        this.#forgetSummaries(parent);
        continue;
      }
      if (parentRequestId !== undefined) {
        this.#waiting.set(parentRequestId, [...(this.#waiting.get(parentRequestId) ?? []), node]);
      }
      roots.push(node);
    }
    this.#roots = [...this.#roots, ...roots].filter((node) => !adopted.has(node));
    while (this.#nodes.size > this.#capacity && this.#roots.length > 1) this.#drop(this.#roots[0]);
    this.#changed();
  }

  clear(): void {
    this.#nodes.clear();
    this.#waiting.clear();
    this.#tally.clear();
    this.#roots = [];
    this.#changed();
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #drop(root: CallNode | undefined): void {
    if (root === undefined) return;
    this.#roots = this.#roots.slice(1);
    const forget = ({ event, children }: CallNode) => {
      this.#nodes.delete(event.requestId);
      this.#tally.add(event);
      for (const child of children) forget(child);
    };
    forget(root);
    this.#waiting.delete(root.event.parentRequestId ?? '');
  }

  #forgetSummaries(node: CallNode): void {
    let each: CallNode | undefined = node;
    for (let depth = 0; each !== undefined && depth < 100; depth += 1) {
      summaries.delete(each);
      each = this.#nodes.get(each.event.parentRequestId ?? '');
    }
  }
}

const summaries = new WeakMap<CallNode, CallSummary>();

/** Sums up a call and those that it caused. */
export function summaryOf(node: CallNode): CallSummary {
  const known = summaries.get(node);
  if (known !== undefined) return known;
  const all = [...withCaused(node)];
  const { event } = node;
  const summary: CallSummary = {
    outcome: outcomeOf(all),
    isManagement: event.parentRequestId === undefined && isManagement(event),
    accountIds: new Set(all.flatMap(({ accountId }) => accountId ?? [])),
    services: new Set(all.map(({ service }) => service)),
    count: all.length,
  };
  summaries.set(node, summary);
  return summary;
}

function outcomeOf(events: readonly TraceRecord[]): CallState {
  const failed = events.filter(hasFailed);
  const lasting = failed.filter((one) => !events.some((other) => isRetryOf(other, one)));
  if (lasting.some(isRefused)) return 'refused';
  if (lasting.length > 0) return 'failed';
  if (events.some(({ softened }) => softened)) return 'softened';
  return failed.length > 0 ? 'recovered' : 'allowed';
}

/** Whether a call repeats an earlier one, and succeeded. */
function isRetryOf(call: TraceRecord, failed: TraceRecord): boolean {
  const { service, operation, parentRequestId, time } = call;
  const isAlike =
    service === failed.service &&
    operation === failed.operation &&
    parentRequestId === failed.parentRequestId;
  return isAlike && !hasFailed(call) && Date.parse(time) >= Date.parse(failed.time);
}

/** The records of a call and of those that it caused. */
export function* withCaused({ event, children }: CallNode): Generator<TraceRecord> {
  yield event;
  for (const child of children) yield* withCaused(child);
}

/** The filter of the list. */
export interface Filter {
  readonly accountId: string;
  readonly service: string;
  readonly outcome: CallState | '';
  /** Whether calls with which a client deploys are listed. */
  readonly management: boolean;
  /** Only these calls are listed. */
  readonly only?: { readonly title: string; readonly requestIds: ReadonlySet<string> } | undefined;
}

/** The calls that pass a filter, the latest first. */
export function listed(roots: readonly CallNode[], filter: Filter): CallNode[] {
  const { accountId, service, outcome, management, only } = filter;
  const chosen = roots.filter((node) => {
    const summary = summaryOf(node);
    return (
      (management || !summary.isManagement) &&
      !isWarmUp(node.event) &&
      (only === undefined || only.requestIds.has(node.event.requestId)) &&
      (accountId === '' || summary.accountIds.has(accountId)) &&
      (service === '' || summary.services.has(service)) &&
      (outcome === '' || summary.outcome === outcome)
    );
  });
  return chosen.reverse();
}
