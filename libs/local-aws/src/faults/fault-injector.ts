import type { Fault, FaultState, InvocationFacts, RequestFacts } from './next-fault.ts';
import { beginPlan, nextFault } from './next-fault.ts';
import { type FaultPlan, type FaultPlanInput, parseFaultPlan } from './plan.ts';

/** What one rule has done so far. */
export interface RuleReport {
  /** The rule's name, or `rules[2]`. */
  readonly rule: string;
  /** How many requests have matched. */
  readonly seen: number;
  /** Into how many of them its fault was injected. */
  readonly struck: number;
}

/** The plan in force, and what its rules have done so far. */
export interface FaultReport {
  /** `null` if there is no plan. */
  readonly plan: FaultPlan | null;
  readonly rules: readonly RuleReport[];
}

/** A fault that is injected into the process of a function. */
export type InvocationFault = Extract<Fault, { readonly type: 'kill-function' | 'stall-function' }>;

/**
 * Holds the fault plan in force and decides which faults to inject. The pipeline and Lambda inject them.
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

  /** Replaces the plan. The new one starts from its beginning. @throws FaultPlanError; the earlier plan then stays in force */
  set(plan: unknown): void {
    this.#state = beginPlan(parseFaultPlan(plan));
  }

  /** Ends all faults. */
  clear(): void {
    this.#state = undefined;
  }

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

  /** The longest session that AssumeRole may issue, in seconds; `undefined` for AWS's own limit. */
  get maxSessionSeconds(): number | undefined {
    return this.#state?.plan.maxSessionSeconds;
  }

  /**
   * The fault to inject into a request or an invocation, if there is one.
   * @param facts called only if there is a plan, in case it is a function
   */
  next(facts: RequestFacts | InvocationFacts | (() => RequestFacts)): Fault | undefined {
    if (this.#state === undefined) return undefined;
    const { fault, state } = nextFault(this.#state, typeof facts === 'function' ? facts() : facts);
    this.#state = state;
    return fault;
  }

  /** The fault to inject into an invocation, if there is one. */
  nextForInvocation(facts: Omit<InvocationFacts, 'kind'>): InvocationFault | undefined {
    const fault = this.next({ kind: 'invocation', ...facts });
    return fault?.type === 'kill-function' || fault?.type === 'stall-function' ? fault : undefined;
  }
}
