import { wildcardMatcher } from '@cross-account-api/iam';
import { defined } from '../core/defined.ts';
import {
  type FaultEffect,
  type FaultMatch,
  type FaultPlan,
  type FaultRule,
  isFunctionEffect,
} from './plan.ts';
import { draw, streamState } from './random.ts';

/** What is known of a request before it is authenticated. The principal is the one that the request claims. */
export interface RequestFacts {
  readonly kind: 'request';
  /** Signing name, e.g. `sts`. */
  readonly service: string;
  /** `AssumeRole`, or for an API's route `POST /messages`. */
  readonly operation: string;
  readonly accountId?: string;
  /** ARN. */
  readonly principal?: string;
  /** Whether temporary credentials signed. */
  readonly hasSession: boolean;
}

/** What is known of an invocation before it runs. */
export interface InvocationFacts {
  readonly kind: 'invocation';
  readonly accountId: string;
  readonly functionName: string;
}

/** A fault to inject: a rule's effect, with one value from each range. */
export type Fault = Drawn<FaultEffect> & {
  readonly rule: string;
};

type Drawn<Effect> = Effect extends { readonly type: 'delay' }
  ? Omit<Effect, 'ms'> & { readonly ms: number }
  : Effect;

/** What a rule has done so far. */
export interface RuleProgress {
  /** How many requests have matched. */
  readonly seen: number;
  /** How often it has struck. An outage of several requests counts once. */
  readonly strikes: number;
  /** How many requests it has struck. */
  readonly struck: number;
  /** The number of further requests in the current outage. */
  readonly remaining: number;
  readonly random: number;
}

/** A plan and what its rules have done so far. */
export interface FaultState {
  readonly plan: FaultPlan;
  readonly rules: readonly { readonly rule: ReadyRule; readonly progress: RuleProgress }[];
}

interface ReadyRule extends FaultRule {
  /** The rule's name, or `rules[2]`. */
  readonly label: string;
  readonly patterns: readonly (readonly [fact: keyof FaultMatch, matches: (text: string) => boolean])[];
}

/** The state of a plan before its first request. */
export function beginPlan(plan: FaultPlan): FaultState {
  return {
    plan,
    rules: plan.rules.map((rule, index) => ({
      rule: {
        ...rule,
        label: rule.name ?? `rules[${index}]`,
        patterns: Object.entries(defined(rule.match)).map(
          ([fact, pattern]) => [fact as keyof FaultMatch, wildcardMatcher(pattern)] as const,
        ),
      },
      progress: { seen: 0, strikes: 0, struck: 0, remaining: 0, random: streamState(plan.seed, index) },
    })),
  };
}

/** Decides which fault to inject. Pure: the same plan and facts in the same order give the same faults. */
export function nextFault(
  state: FaultState,
  facts: RequestFacts | InvocationFacts,
): { readonly fault?: Fault; readonly state: FaultState } {
  for (const [index, { rule, progress }] of state.rules.entries()) {
    if (!matches(rule, facts)) continue;
    const next = advance(rule, progress);
    const rules = state.rules.with(index, { rule, progress: next.progress });
    state = { ...state, rules };
    if (next.fault !== undefined) return { fault: next.fault, state };
  }
  return { state };
}

/** Counts one more request that matches. */
function advance(rule: ReadyRule, before: RuleProgress): { fault?: Fault; progress: RuleProgress } {
  let progress = { ...before, seen: before.seen + 1 };
  let strikes: boolean;
  if (before.remaining > 0) {
    strikes = true;
    progress.remaining -= 1;
  } else {
    // Drawn even if it is not needed, so that each request uses the same numbers.
    const { value, next } = draw(before.random);
    progress.random = next;
    const counted = progress.seen - (rule.after ?? 0);
    const due = rule.every === undefined ? value < (rule.rate ?? 1) : counted % rule.every === 0;
    strikes = counted > 0 && due && before.strikes < (rule.times ?? Number.POSITIVE_INFINITY);
    if (strikes) progress = { ...progress, strikes: before.strikes + 1, remaining: (rule.lasts ?? 1) - 1 };
  }
  if (!strikes) return { progress };
  progress.struck += 1;
  const { effect, label } = rule;
  if (effect.type !== 'delay') return { fault: { ...effect, rule: label }, progress };
  const { value, next } = draw(progress.random);
  const [from, to] = typeof effect.ms === 'number' ? [effect.ms, effect.ms] : effect.ms;
  const ms = Math.floor(from + value * (to - from + 1));
  return { fault: { ...effect, ms, rule: label }, progress: { ...progress, random: next } };
}

/** The services whose changes AWS spreads. */
const SPREADING = new Set(['iam', 'apigateway', 'lambda', 'cloudformation']);
const READS = /^(?:Get|List|Describe|Simulate|Generate|Validate|Estimate|Detect|Invoke)/;

function isChange(facts: RequestFacts | InvocationFacts): boolean {
  return facts.kind === 'request' && SPREADING.has(facts.service) && !READS.test(facts.operation);
}

function matches({ patterns, effect }: ReadyRule, facts: RequestFacts | InvocationFacts): boolean {
  if (isFunctionEffect(effect) !== (facts.kind === 'invocation')) return false;
  const endsSession = effect.type === 'expire-session' || effect.type === 'revoke-session';
  if (endsSession && !(facts.kind === 'request' && facts.hasSession)) return false;
  if (effect.type === 'propagation' && !isChange(facts)) return false;
  const known: { readonly [Fact in keyof FaultMatch]?: string } =
    facts.kind === 'invocation'
      ? { account: facts.accountId, function: facts.functionName }
      : defined({ ...facts, account: facts.accountId });
  return patterns.every(([fact, fits]) => known[fact] !== undefined && fits(known[fact]));
}
