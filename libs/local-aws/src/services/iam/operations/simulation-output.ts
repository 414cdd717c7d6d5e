import type { SimulatedVerdict, Simulation } from '@cross-account-api/iam';
import type { SimulatedPolicy } from './simulation-input.ts';
import { type Position, statementPositions } from './statement-positions.ts';

type PolicySource = 'IAM Policy' | 'Resource Policy' | 'Permissions Boundary Policy';

const kinds = {
  'identity-based policy': 'IAM Policy',
  'resource-based policy': 'Resource Policy',
  'permissions boundary': 'Permissions Boundary Policy',
} satisfies Record<string, PolicySource>;

/** The result for one resource. */
export type SimulatedResource = Simulation & { readonly resource: string };

/**
 * The result for an action: its decision is the most restrictive one of its resources. AWS describes several resources by a
 * pattern of ARNs, "or `*` if no ARN format is defined for the action"; here it is always `*`.
 * Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
 */
export function evaluationResult(
  action: string,
  simulated: readonly SimulatedResource[],
  sources: readonly SimulatedPolicy[],
) {
  const decision = strictest(simulated.map(({ verdict }) => verdict));
  const isSpecific = simulated.some(({ resource }) => resource !== '*');
  const deciding = simulated.filter(({ verdict }) => verdict === decision);
  const byKind = simulated.map(({ byKind }) => byKind);
  return {
    EvalActionName: action,
    EvalResourceName: '*',
    EvalDecision: decision,
    MatchedStatements: distinct(deciding.flatMap(({ matched }) => statements(matched, sources))),
    MissingContextValues: distinct(simulated.flatMap(({ missingKeys }) => missingKeys)),
    OrganizationsDecisionDetail: organizationDetail(simulated),
    PermissionsBoundaryDecisionDetail: boundaryDetail(simulated),
    EvalDecisionDetails: isSpecific ? decisionDetails(byKind) : undefined,
    ResourceSpecificResults: isSpecific
      ? simulated.map((each) => ({
          EvalResourceName: each.resource,
          EvalResourceDecision: each.verdict,
          MatchedStatements: orAbsent(statements(each.matched, sources)),
          MissingContextValues: orAbsent(each.missingKeys),
          PermissionsBoundaryDecisionDetail: boundaryDetail([each]),
          EvalDecisionDetails: each.byKind && decisionDetails([each.byKind]),
        }))
      : undefined,
  };
}

function organizationDetail(simulated: readonly Simulation[]) {
  const answers = simulated.map((each) => each.allowedByOrganization);
  return answers.includes(undefined) ? undefined : { AllowedByOrganizations: !answers.includes(false) };
}

function boundaryDetail(simulated: readonly Simulation[]) {
  const answers = simulated.map((each) => each.allowedByBoundary).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : { AllowedByPermissionsBoundary: !answers.includes(false) };
}

/** By kind of policy, the most restrictive decision. */
function decisionDetails(byKind: readonly Simulation['byKind'][]): ReadonlyMap<string, SimulatedVerdict> {
  const details = Object.entries(kinds).map(([kind, source]) => {
    const verdicts = byKind.map((each) => each?.[kind as keyof typeof kinds]);
    return [source, verdicts.filter((verdict) => verdict !== undefined)] as const;
  });
  return new Map(
    details
      .filter(([, verdicts]) => verdicts.length > 0)
      .map(([source, verdicts]) => [source, strictest(verdicts)]),
  );
}

function strictest(verdicts: readonly SimulatedVerdict[]): SimulatedVerdict {
  const order = ['explicitDeny', 'implicitDeny'] as const;
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'allowed';
}

function statements(matched: Simulation['matched'], sources: readonly SimulatedPolicy[]) {
  return matched.map(({ kind, policy, index }) => {
    const text = sources.find(({ name }) => name === policy)?.text ?? '';
    const position = statementPositions(text)[index];
    return {
      SourcePolicyId: policy,
      SourcePolicyType: kinds[kind as keyof typeof kinds],
      StartPosition: position && place(position.start),
      EndPosition: position && place(position.end),
    };
  });
}

function place({ line, col }: Position) {
  return { Line: line, Column: col };
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function orAbsent<Value>(list: readonly Value[]): readonly Value[] | undefined {
  return list.length === 0 ? undefined : list;
}
