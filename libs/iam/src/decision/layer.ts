import { parseIamArn } from '../arn.ts';
import { defined } from '../defined.ts';
import { loadPolicy, type Policy, PolicySyntaxError, type Statement } from '../language/policy-language.ts';
import type { NamedPolicy } from '../principal.ts';
import type { ConsultedPolicy, Mismatch, NearMiss, PolicyKind, StatementReference } from './decision.ts';
import { closer, type PrincipalMatch } from './principal-match.ts';
import { matchStatement, type Request } from './statement-match.ts';

interface NamedAndParsed {
  readonly name: string;
  readonly arn?: string | undefined;
  readonly policy: Policy;
}

/** Policies of which one allow is enough. */
export interface Layer {
  readonly kind: PolicyKind;
  readonly policies: readonly NamedAndParsed[];
}

/** The verdict of a layer on a request. */
export interface Verdict {
  readonly allows: readonly StatementReference[];
  /** How closely the allowing statements name the principal. */
  readonly allowedAs: PrincipalMatch;
  readonly denies: readonly StatementReference[];
}

/** A policy is not in the policy language, so nothing can be decided on it. The message names the policy. */
export class UnreadablePolicyError extends Error {
  override readonly name = 'UnreadablePolicyError';
  readonly code = 'UnreadablePolicy';
}

/** Puts policies into a layer. Throws if a document cannot be read: no decision may ignore it. */
export function layerOf(kind: PolicyKind, policies: readonly NamedPolicy[]): Layer {
  return {
    kind,
    policies: policies.map(({ name, document, arn = arnOf(name) }) => {
      const policy = load(kind, name, document);
      return { name, arn, policy: namesPrincipals(kind) ? matchingNobodyUnnamed(policy) : policy };
    }),
  };
}

/** Whether the statements of a kind of policy name their principals. The statements of other kinds cannot. */
export function namesPrincipals(kind: PolicyKind): boolean {
  return /^(resource-based|role trust|VPC endpoint|resource control) policy$/.test(kind);
}

/**
 * A statement that names nobody matches nobody. AWS does not save such a policy: "You must use the Principal element in resource-based
 * policies", https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
function matchingNobodyUnnamed(policy: Policy): Policy {
  if (policy.statements.every(({ principal }) => principal !== undefined)) return policy;
  const principal = { name: 'Principal', negated: false, values: [] } as const;
  return { ...policy, statements: policy.statements.map((each) => ({ principal, ...each })) };
}

function load(kind: PolicyKind, name: string, document: NamedPolicy['document']): Policy {
  try {
    return loadPolicy(document);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new UnreadablePolicyError(
      `The ${kind} "${name}" cannot be read, so nothing is decided on it: ${error.message} Replace the policy.`,
      { cause: error },
    );
  }
}

/** Compares every statement of a layer with a request. */
export function judge(layer: Layer, request: Request): Verdict {
  const allows: StatementReference[] = [];
  const denies: StatementReference[] = [];
  let allowedAs: PrincipalMatch = 'none';
  for (const named of layer.policies) {
    for (const statement of named.policy.statements) {
      const match = matchStatement(statement, request);
      if (match === 'none') continue;
      const reference = referTo(layer.kind, named, statement);
      if (statement.effect === 'Deny') {
        denies.push(reference);
      } else {
        allows.push(reference);
        allowedAs = closer(allowedAs, match);
      }
    }
  }
  return { allows, allowedAs, denies };
}

/** Every statement of the layers, with the elements that do not match. */
export function consult(layers: readonly Layer[], request: Request): ConsultedPolicy[] {
  return layers.flatMap(({ kind, policies }) =>
    policies.map(({ name, policy }) =>
      defined({
        kind,
        policy: name,
        version: policy.version,
        statements: policy.statements.map((statement) => {
          const mismatches: Mismatch[] = [];
          const matches = matchStatement(statement, request, mismatches) !== 'none';
          const { label, effect, source } = statement;
          return { statement: label, effect, matches, mismatches, source };
        }),
      }),
    ),
  );
}

/**
 * The statement about the same service that is nearest to allowing a request. A wrong action weighs most, conditions least.
 */
export function findNearest(layers: readonly Layer[], request: Request): NearMiss | undefined {
  let nearest: NearMiss | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { kind, policies } of layers) {
    for (const named of policies) {
      for (const statement of named.policy.statements) {
        if (statement.effect === 'Deny' || !concernsService(statement, request.actionService)) continue;
        const mismatches: Mismatch[] = [];
        if (matchStatement(statement, request, mismatches) !== 'none') continue;
        const distance = mismatches.reduce((sum, mismatch) => sum + weigh(mismatch), 0);
        if (distance >= least) continue;
        least = distance;
        nearest = { ...referTo(kind, named, statement), mismatches };
      }
    }
  }
  return nearest;
}

/** A managed policy of IAM has its ARN as its name. */
function arnOf(name: string): string | undefined {
  return parseIamArn(name)?.kind === 'policy' ? name : undefined;
}

function referTo(
  kind: PolicyKind,
  { name, arn }: NamedAndParsed,
  { label, effect }: Statement,
): StatementReference {
  return defined({ kind, policy: name, policyArn: arn, statement: label, effect });
}

function concernsService({ action }: Statement, service: string): boolean {
  if (action === undefined || action.negated) return true;
  return action.values.some(
    ({ match }) => match === 'any' || (match !== 'none' && match.service === service),
  );
}

function weigh({ element, expected, actual }: Mismatch): number {
  if (element.endsWith('Action')) return 100;
  if (element.startsWith('condition')) return 1;
  // Of two wrong resources or principals, the one with the longer common start is nearer.
  let same = 0;
  while (same < actual.length && expected[same] === actual[same]) same++;
  return 10 - same / (actual.length + 1);
}
