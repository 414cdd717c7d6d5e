import { type NamedPolicy, parseArn } from '@cross-account-api/iam';
import type { HolderFacts } from '@cross-account-api/iam/explanation';
import { type Judged, type StatementEnding, together } from './endings.ts';
import type { ReviewFacts } from './facts.ts';
import { bySeverity, type Finding, type FindingCode, statementFinding } from './finding.ts';
import { type Need, neededOf, reachOf, requestsOf } from './reach.ts';
import { replayIdentity } from './replay.ts';
import { functionNeeds, routeNeeds } from './routes.ts';
import {
  allowStatementsOf,
  type PlacedStatement,
  type StatementJson,
  statementsIn,
  withStatements,
} from './statements.ts';

const LEAST_PRIVILEGE =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html';
const GRANT_LEAST =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege';

const DOCUMENTATION: Partial<Record<FindingCode, string>> = {
  'unneeded-permissions': GRANT_LEAST,
  'privilege-escalation': 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
};

/** A statement that allows more than the call needs. */
export interface Weakness extends Pick<Finding, 'code' | 'severity' | 'message'> {
  readonly placed: PlacedStatement;
  /** The statements that are enough. Absent: the review cannot know them. */
  readonly enough?: readonly StatementJson[] | undefined;
  /** What the change leaves to the reader, as a sentence. */
  readonly caveat?: string;
}

/** The findings about the policies of a role or user. A managed policy has one: it is replaced as a whole. */
export function weaknessesOf(
  facts: ReviewFacts,
  holder: HolderFacts,
  weaknessOf: (placed: PlacedStatement) => Weakness | undefined,
): Judged {
  return together(
    holder.policies.map((policy) => {
      const weak = allowStatementsOf(policy).flatMap((placed) => weaknessOf(placed) ?? []);
      const groups = isManaged(policy) && weak.length > 0 ? [weak] : weak.map((each) => [each]);
      return {
        findings: groups.flatMap((group) => findingOf(facts, holder, policy, group)),
        statements: allowStatementsOf(policy).map((placed) =>
          endingOf(
            facts,
            holder,
            placed,
            weak.some((each) => each.placed.statement === placed.statement),
          ),
        ),
      };
    }),
  );
}

function isManaged({ name }: NamedPolicy): boolean {
  return name.startsWith('arn:');
}

/** How the judgement of a statement ends, if something of it is known to be allowed without its conditions and limits. */
function endingOf(
  facts: ReviewFacts,
  holder: HolderFacts,
  { statement, where }: PlacedStatement,
  isFound: boolean,
): StatementEnding {
  const about = { where, accountId: parseArn(holder.arn).accountId, statement };
  if (isFound) return { ...about, ending: 'finding' };
  const { api, invokeRole, assumesRole } = facts;
  const calls = assumesRole && invokeRole !== undefined ? [assumption(invokeRole.arn)] : [];
  const needs = [
    ...calls,
    ...(api === undefined ? [] : [...routeNeeds(facts, api), ...functionNeeds(facts, api)]),
  ];
  if (neededOf(statement, needs).length > 0) return { ...about, ending: 'narrow' };
  const { Condition: _, ...rest } = statement;
  // Without the limits of the role or user, and without its own conditions, it allows something.
  const open = { name: 'open', document: { Version: '2012-10-17', Statement: [rest] } };
  const may = reachOf(
    { ...holder, policies: [open], boundary: undefined },
    { statement: rest, policy: open, where },
  );
  if (!requestsOf([statement]).some(may)) {
    return { ...about, ending: 'unread', reason: 'no request can be made of its actions and resources' };
  }
  // What the caller does for others is not about the call.
  return { ...about, ending: holder === facts.caller ? 'elsewhere' : 'narrow' };
}

function assumption(resource: string): Need {
  return { action: 'sts:AssumeRole', resource };
}

function findingOf(
  { recorded }: ReviewFacts,
  holder: HolderFacts,
  policy: NamedPolicy,
  group: readonly Weakness[],
): readonly Finding[] {
  const { accountId, name } = parseArn(holder.arn);
  const [worst] = group.toSorted(bySeverity);
  if (worst === undefined) return [];
  const isKnown = group.every(({ enough }) => enough !== undefined);
  const replacements = new Map(group.map(({ placed, enough = [] }) => [placed.statement, enough]));
  const next = withStatements(policy, replacements);
  const policies = holder.policies.flatMap((each) => (each === policy ? next : [each]));
  const statements = isManaged(policy) ? next.flatMap(statementsIn) : (worst.enough ?? []);
  const more = group.length - 1;
  const { where } = worst.placed;
  const placed = {
    ...worst.placed,
    where: isManaged(policy)
      ? where.replace(policy.name, `managed policy ${policy.name} of ${kindOf(holder)} ${name}`)
      : where,
  };
  const change = {
    text: textOf(worst, isManaged(policy) ? kindOf(holder) : undefined, statements),
    statements,
  };
  return [
    statementFinding(placed, {
      code: worst.code,
      severity: worst.severity,
      accountId,
      message: `${worst.message}${more === 0 ? '' : ` ${more} more of the statements of this policy ${more === 1 ? 'allows' : 'allow'} more than is needed.`}`,
      change: isKnown ? change : { text: worst.caveat ?? 'Remove what is not needed.' },
      proof: isKnown ? replayIdentity(recorded, holder, policies) : { kind: 'unproven' },
      documentation: DOCUMENTATION[worst.code] ?? LEAST_PRIVILEGE,
    }),
  ];
}

/** @param managedOf what the managed policy is attached to. Absent: the policy is not managed */
function textOf(
  { caveat }: Weakness,
  managedOf: 'role' | 'user' | undefined,
  statements: readonly StatementJson[],
): string {
  const isOne = statements.length === 1;
  const change =
    managedOf === undefined
      ? `${statements.length === 0 ? 'Remove the statement' : `Replace the statement by ${isOne ? 'this one' : 'these'}`}.`
      : `Detach the managed policy from the ${managedOf}${statements.length === 0 ? '' : `, and give the ${managedOf} an inline policy with ${isOne ? 'this statement' : 'these statements'}`}.`;
  return [change, ...(caveat === undefined ? [] : [caveat])].join(' ');
}

function kindOf({ arn }: HolderFacts): 'role' | 'user' {
  return arn.includes(':user/') ? 'user' : 'role';
}

/** One statement for each action, with the conditions of the present one. */
export function statementsFor(needs: readonly Need[], statement: StatementJson): readonly StatementJson[] {
  const { Condition } = statement;
  return [...Map.groupBy(needs, ({ action }) => action)].map(([Action, group], index) => ({
    ...sidOf(statement, index),
    Effect: 'Allow',
    Action,
    Resource: group.length === 1 ? group[0]?.resource : group.map(({ resource }) => resource),
    ...(Condition !== undefined && { Condition }),
  }));
}

/** The `Sid` of a statement that comes from another one, which has become several. */
export function sidOf({ Sid }: StatementJson, index: number): StatementJson {
  return typeof Sid === 'string' && Sid !== '' ? { Sid: index === 0 ? Sid : `${Sid}${index + 1}` } : {};
}
