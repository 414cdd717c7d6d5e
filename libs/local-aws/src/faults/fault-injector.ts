import { wildcardMatcher } from '@cross-account-api/iam';
import { defined } from '../core/defined.ts';
import {
  type FaultEffect,
  type FaultMatch,
  type FaultPlan,
  type FaultPlanInput,
  type FaultRule,
  isFunctionEffect,
  parseFaultPlan,
} from './plan.ts';

/** The facts about a request before authentication. The principal is the one that the request claims. */
export interface RequestFacts {
  /** Signing name, e.g. `sts`. */
  readonly service: string;
  /** `AssumeRole`, or for an API's route `POST /messages`. */
  readonly operation: string;
  readonly account?: string;
  readonly principal?: string;
  /** Whether temporary credentials signed. */
  readonly hasSession: boolean;
}

interface InvocationFacts {
  readonly account: string;
  /** Its name. */
  readonly function: string;
}

/** A fault to inject: a rule's effect, with one value from each range. */
export type Fault = Drawn<FaultEffect> & { readonly rule: string };

type Drawn<Effect> = Effect extends { readonly type: 'delay' }
  ? Omit<Effect, 'ms'> & { readonly ms: number }
  : Effect;

/** A fault that is injected into the process of a function. */
export type InvocationFault = Extract<Fault, { readonly type: 'kill-function' | 'stall-function' }>;

/** The plan in force, with the counts of its rules. */
export interface FaultReport {
  /** `null` if there is no plan. */
  readonly plan: FaultPlan | null;
  /** For each rule, by name or as `rules[2]`: the number of matching requests, and of those that got its fault. */
  readonly rules: readonly { readonly rule: string; readonly seen: number; readonly struck: number }[];
}

interface ActiveRule {
  readonly rule: FaultRule;
  readonly label: string;
  readonly patterns: readonly (readonly [fact: keyof FaultMatch, matches: (text: string) => boolean])[];
  readonly random: () => number;
  seen: number;
  struck: number;
  /** An outage of several requests counts once. */
  strikes: number;
  /** The number of further requests in the current outage. */
  remaining: number;
}

/** Decides on faults, which the pipeline and Lambda inject. The same plan, and facts in the same order, give the same faults. */
export class FaultInjector {
  #plan: FaultPlan | undefined;
  #rules: readonly ActiveRule[] = [];

  /** @throws FaultPlanError */
  constructor(plan?: FaultPlanInput) {
    if (plan !== undefined) this.set(plan);
  }

  /** Replaces the plan. The new one starts from its beginning. @throws FaultPlanError; the earlier plan then stays in force */
  set(input: unknown): void {
    const plan = parseFaultPlan(input);
    this.#plan = plan;
    this.#rules = plan.rules.map((rule, index) => ({
      rule,
      label: rule.name ?? `rules[${index}]`,
      patterns: Object.entries(defined(rule.match)).map(
        ([fact, pattern]) => [fact as keyof FaultMatch, wildcardMatcher(pattern)] as const,
      ),
      random: randomNumbers(plan.seed, index),
      seen: 0,
      struck: 0,
      strikes: 0,
      remaining: 0,
    }));
  }

  clear(): void {
    this.#plan = undefined;
    this.#rules = [];
  }

  report(): FaultReport {
    return {
      plan: this.#plan ?? null,
      rules: this.#rules.map(({ label, seen, struck }) => ({ rule: label, seen, struck })),
    };
  }

  /** The longest session that AssumeRole may issue, in seconds; `undefined` for AWS's own limit. */
  get maxSessionSeconds(): number | undefined {
    return this.#plan?.maxSessionSeconds;
  }

  /** The fault to inject into a request or an invocation, if any. @param given a function is called only if there are rules */
  next(given: RequestFacts | InvocationFacts | (() => RequestFacts)): Fault | undefined {
    if (this.#rules.length === 0) return undefined;
    const facts = typeof given === 'function' ? given() : given;
    const active = this.#rules.find((one) => matches(one, facts) && strikes(one));
    if (active === undefined) return undefined;
    active.struck += 1;
    const { effect } = active.rule;
    if (effect.type !== 'delay') return { ...effect, rule: active.label };
    const [from, to] = typeof effect.ms === 'number' ? [effect.ms, effect.ms] : effect.ms;
    return { ...effect, ms: Math.floor(from + active.random() * (to - from + 1)), rule: active.label };
  }

  nextForInvocation(facts: InvocationFacts): InvocationFault | undefined {
    const fault = this.next(facts);
    return fault?.type === 'kill-function' || fault?.type === 'stall-function' ? fault : undefined;
  }
}

/** Counts a matching request. @returns whether the rule strikes it */
function strikes(active: ActiveRule): boolean {
  active.seen += 1;
  if (active.remaining > 0) {
    active.remaining -= 1;
    return true;
  }
  const { rate = 1, every, after = 0, times = Number.POSITIVE_INFINITY, lasts = 1 } = active.rule;
  // Drawn even if it is not needed: each request must use up the same numbers.
  const value = active.random();
  const counted = active.seen - after;
  const due = every === undefined ? value < rate : counted % every === 0;
  if (counted <= 0 || !due || active.strikes >= times) return false;
  active.strikes += 1;
  active.remaining = lasts - 1;
  return true;
}

/** The services whose changes AWS spreads. */
const SPREADING = new Set(['iam', 'apigateway', 'lambda', 'cloudformation']);
const READS = /^(?:Get|List|Describe|Simulate|Generate|Validate|Estimate|Detect|Invoke)/;

function matches({ patterns, rule }: ActiveRule, facts: RequestFacts | InvocationFacts): boolean {
  const { type } = rule.effect;
  const isInvocation = 'function' in facts;
  if (isFunctionEffect(rule.effect) !== isInvocation) return false;
  if (!isInvocation) {
    if ((type === 'expire-session' || type === 'revoke-session') && !facts.hasSession) return false;
    const isChange = SPREADING.has(facts.service) && !READS.test(facts.operation);
    if (type === 'propagation' && !isChange) return false;
  }
  const known: { readonly [Fact in keyof FaultMatch]?: string } = facts;
  return patterns.every(([fact, fits]) => known[fact] !== undefined && fits(known[fact]));
}

/**
 * mulberry32 (https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32, public domain). Unlike `Math.random()`, it gives the
 * same numbers for the same seed everywhere. @param stream one for each rule, so rules do not change each other's numbers
 */
function randomNumbers(seed: number, stream: number): () => number {
  let state: number;
  const draw = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  // The bits of the golden ratio spread neighbouring streams; one draw mixes them.
  state = (seed + Math.imul(stream + 1, 0x9e3779b9)) >>> 0;
  state = Math.floor(draw() * 2 ** 32);
  return draw;
}
