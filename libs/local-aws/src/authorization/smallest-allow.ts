import type { Decision, Mismatch, PolicyKind, StatementReference } from './decision.ts';
import { isObject } from './policy-language.ts';

/** A change to one policy, as a statement to add or to put in place of one that is there. */
export interface PolicyFragment {
  readonly kind: PolicyKind;
  /** `add` a statement, or `replace` the one that {@link replaces} names. */
  readonly change: 'add' | 'replace';
  /** Where to put it, for a person: `the trust policy of arn:…`. */
  readonly where: string;
  readonly replaces?: StatementReference;
  readonly statement: Readonly<Record<string, unknown>>;
  /** What the caller could change instead, where the request is at fault as likely as the policy. */
  readonly instead?: string;
}

/**
 * The smallest change to a policy that takes away the reason of a denial; there may be a further one behind it, which the next
 * decision will name. Made from the decision alone, so it serves for one read from a trace too.
 * @returns `undefined` for an allowed request
 */
export function smallestAllow(decision: Decision): PolicyFragment | undefined {
  if (decision.allowed) return undefined;
  if (decision.denial === 'explicit') {
    const [by] = decision.decidedBy;
    return by && exemptPrincipal(by, decision);
  }
  const { nearest } = decision;
  const [mismatch, ...further] = nearest?.mismatches ?? [];
  if (nearest !== undefined && mismatch !== undefined && further.length === 0) {
    const widened = widen(sourceOf(decision, nearest), mismatch, decision);
    if (widened !== undefined) {
      const wanted = /^condition \S+ (.+)$/.exec(mismatch.element)?.[1];
      return {
        kind: nearest.kind,
        change: 'replace',
        where: `statement ${nearest.statement} of ${nearest.policy}`,
        replaces: nearest,
        statement: widened,
        ...(wanted === undefined
          ? {}
          : { instead: `make the request with another ${wanted}: the statement wants ${mismatch.expected}` }),
      };
    }
  }
  return addStatement(decision.missing, decision);
}

function addStatement(kind: PolicyKind, decision: Decision): PolicyFragment {
  const { action, resource } = decision;
  const principal = principalOf(decision);
  const statement = {
    Effect: 'Allow',
    ...(kind === 'role trust policy' || kind === 'resource-based policy'
      ? { Principal: principal.startsWith('arn:') ? { AWS: principal } : { Service: principal } }
      : {}),
    Action: action,
    ...(kind === 'role trust policy' ? {} : { Resource: resource }),
  };
  return { kind, change: 'add', where: placeOf(kind, decision), statement };
}

function placeOf(kind: PolicyKind, decision: Decision): string {
  const principal = principalOf(decision);
  const existing = decision.consulted.find((policy) => policy.kind === kind)?.policy;
  switch (kind) {
    case 'identity-based policy':
      return `a policy of ${principal}`;
    case 'role trust policy':
      return `the trust policy of ${decision.resource}`;
    case 'resource-based policy':
      return existing ?? `the resource-based policy of ${decision.resource}`;
    case 'session policy':
      return `the session policy that is given to AssumeRole for ${decision.principalArn}`;
    case 'permissions boundary':
      return `the permissions boundary of ${principal}${existing === undefined ? '' : ` (${existing})`}`;
    case 'service control policy':
      return existing ?? 'a service control policy of the account';
  }
}

/** Lets a deny pass over the one who asks, rather than removing it for all. */
function exemptPrincipal(by: StatementReference, decision: Decision): PolicyFragment | undefined {
  const source = sourceOf(decision, by);
  if (source === undefined) return undefined;
  const principal = principalOf(decision);
  const [operator, key] = principal.startsWith('arn:')
    ? (['ArnNotEquals', 'aws:PrincipalArn'] as const)
    : (['StringNotEquals', 'aws:PrincipalServiceName'] as const);
  return {
    kind: by.kind,
    change: 'replace',
    where: `statement ${by.statement} of ${by.policy}`,
    replaces: by,
    statement: { ...source, Condition: withCondition(source.Condition, operator, key, principal) },
  };
}

/** A statement changed so that the one thing about it that did not match does. */
function widen(
  source: Readonly<Record<string, unknown>> | undefined,
  { element, actual }: Mismatch,
  decision: Decision,
): Readonly<Record<string, unknown>> | undefined {
  if (source === undefined) return undefined;
  if (element === 'Action' || element === 'Resource') {
    return { ...source, [element]: [source[element], actual].flat() };
  }
  if (element === 'Principal') {
    const principal = principalOf(decision);
    const type = principal.startsWith('arn:') ? 'AWS' : 'Service';
    const named = source.Principal;
    if (!isObject(named)) return undefined;
    return { ...source, Principal: { ...named, [type]: [named[type] ?? [], principal].flat() } };
  }
  const [, operator, key] = /^condition (\S+) (.+)$/.exec(element) ?? [];
  // More values make a positive comparison wider, and any other narrower.
  if (operator === undefined || key === undefined || actual === '(absent)') return undefined;
  if (!/^(StringEquals|StringLike|ArnEquals|ArnLike|IpAddress)$/.test(operator)) return undefined;
  return { ...source, Condition: withCondition(source.Condition, operator, key, actual) };
}

function withCondition(condition: unknown, operator: string, key: string, value: string): unknown {
  const existing = isObject(condition) ? condition : {};
  const keys = isObject(existing[operator]) ? existing[operator] : {};
  const values = [keys[key] ?? [], value].flat();
  return { ...existing, [operator]: { ...keys, [key]: values.length === 1 ? value : values } };
}

function sourceOf(
  decision: Decision,
  { kind, policy, statement }: StatementReference,
): Readonly<Record<string, unknown>> | undefined {
  return decision.consulted
    .find((each) => each.kind === kind && each.policy === policy)
    ?.statements.find((each) => each.statement === statement)?.source;
}

/** The role of a session, as policies name it; or a service's name. */
function principalOf({ context, principalArn }: Decision): string {
  const named = context['aws:PrincipalArn'];
  return typeof named === 'string' ? named : principalArn;
}
