import type { Fault, FaultState, InvocationFacts, RequestFacts } from './next-fault.ts';
import { beginPlan, nextFault } from './next-fault.ts';
import { type FaultPlan, type FaultPlanInput, parseFaultPlan } from './plan.ts';

/** What one rule has done so far. */
export interface RuleReport {
  /** The rule's name, or `rules[2]`. */
  readonly rule: string;
  /** How many requests it has looked at. */
  readonly seen: number;
  /** How many requests it has struck. */
  readonly struck: number;
}

/** The plan that is in force, and what has come of it. */
export interface FaultReport {
  /** `null` where there is no plan. */
  readonly plan: FaultPlan | null;
  readonly rules: readonly RuleReport[];
}

/** A fault of a function's process. */
export type InvocationFault = Extract<Fault, { readonly type: 'kill-function' | 'stall-function' }>;

/**
 * Holds the fault plan that is in force. It decides; what a fault does is done where the request is handled.
 * @example
 * const faults = new FaultInjector({ rules: [{ match: { service: 'sts' }, rate: 0.1, effect: { type: 'throttle' } }] });
 * faults.next({ kind: 'request', service: 'sts', operation: 'AssumeRole', hasSession: true });
 */
export class FaultInjector {
  #state: FaultState | undefined;

  /** @throws FaultPlanError */
  constructor(plan?: FaultPlanInput) {
    if (plan !== undefined) this.set(plan);
  }

  /**
   * Puts a plan in force, from its beginning, in place of the one before.
   * @throws FaultPlanError; the one before then stays in force
   */
  set(plan: unknown): void {
    this.#state = beginPlan(parseFaultPlan(plan));
  }

  /** Ends all faults. */
  clear(): void {
    this.#state = undefined;
  }

  /** What is in force, and how often each rule has struck. */
  report(): FaultReport {
    return {
      plan: this.#state?.plan ?? null,
      rules: (this.#state?.rules ?? []).map(({ rule, progress }) => ({
        rule: rule.label,
        seen: progress.seen,
        struck: progress.struck,
      })),
    };
  }

  /** The longest session that AssumeRole may issue, in seconds; `undefined`: as AWS has it. */
  get maxSessionSeconds(): number | undefined {
    return this.#state?.plan.maxSessionSeconds;
  }

  /** The fault for a request, where there is to be one. */
  next(facts: RequestFacts): Fault | undefined {
    return this.#next(facts);
  }

  /** The fault to inject into an invocation, if there is one. */
  nextForInvocation(facts: Omit<InvocationFacts, 'kind'>): InvocationFault | undefined {
    const fault = this.#next({ kind: 'invocation', ...facts });
    return fault?.type === 'kill-function' || fault?.type === 'stall-function' ? fault : undefined;
  }

  #next(facts: RequestFacts | InvocationFacts): Fault | undefined {
    if (this.#state === undefined) return undefined;
    const { fault, state } = nextFault(this.#state, facts);
    this.#state = state;
    return fault;
  }
}
