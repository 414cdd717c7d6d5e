import { accountNamed, type Decision, type NamedPolicy, parseArn, parseIamArn } from '@cross-account-api/iam';
import type { ReviewFacts } from './facts.ts';
import { type Finding, statementFinding } from './finding.ts';
import { replayResource } from './replay.ts';
import {
  conditionKeysOf,
  labelled,
  type PlacedStatement,
  type StatementJson,
  valuesOf,
  withCondition,
  withStatements,
} from './statements.ts';

const NOT_PRINCIPAL =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html';

/**
 * Reviews the statements that deny everybody but a `NotPrincipal`, in the policies of the API and its functions. A trust policy cannot have
 * such a statement. AWS: "We do not recommend the use of NotPrincipal for new resource-based policies".
 */
export function reviewDenyTraps(facts: ReviewFacts): readonly Finding[] {
  const { api, functionPolicies } = facts;
  const ofApi =
    api?.policy === undefined
      ? []
      : trapsIn(
          facts,
          api.accountId,
          api.policy,
          ({ action, resource }) => action === 'execute-api:Invoke' && resource.includes(`:${api.apiId}/`),
        );
  const ofFunctions = [...functionPolicies].flatMap(([arn, policy]) =>
    trapsIn(
      facts,
      parseArn(arn).accountId,
      policy,
      ({ action, resource }) => action === 'lambda:InvokeFunction' && resource === arn,
    ),
  );
  return [...ofApi, ...ofFunctions];
}

function trapsIn(
  { recorded }: ReviewFacts,
  accountId: string,
  policy: NamedPolicy,
  isMeant: (decision: Decision) => boolean,
): readonly Finding[] {
  return labelled(policy)
    .filter(({ statement }) => statement.Effect === 'Deny' && statement.NotPrincipal !== undefined)
    .map((placed) => {
      const statements = replacementOf(placed);
      return statementFinding(placed, {
        code: 'not-principal',
        severity: 'medium',
        accountId,
        message: `It denies more than it seems to. AWS compares the account, the role and the session, and exempts a session only if all three are listed, the session by its full name; and it exempts no role or user that has a permissions boundary, whatever is listed.${lackingOf(placed.statement)}`,
        change: {
          text:
            statements === undefined
              ? 'Deny with Principal "*" and a condition on aws:PrincipalArn (ArnNotEquals) or aws:PrincipalAccount instead. The review does not know whom the statement is meant to exempt.'
              : 'Deny with Principal "*" and the condition ArnNotEquals on aws:PrincipalArn instead. It exempts a user, or every session of a role, also with a permissions boundary.',
          ...(statements !== undefined && { statements }),
        },
        proof:
          statements === undefined
            ? { kind: 'unproven' }
            : replayResource(
                recorded,
                isMeant,
                policy,
                withStatements(policy, new Map([[placed.statement, statements]])),
              ),
        documentation: NOT_PRINCIPAL,
      });
    });
}

type Identity = Readonly<{ arn: string; accountId: string; name: string }>;

/** Whom a `NotPrincipal` lists, by kind. */
interface Listed {
  readonly accounts: readonly string[];
  readonly users: readonly Identity[];
  readonly roles: readonly Identity[];
  /** With the name of their role. */
  readonly sessions: readonly Identity[];
  /** Whether it lists anything else: a service, an identity provider, or the unique ID of a deleted principal. */
  readonly hasOthers: boolean;
}

function listedBy({ NotPrincipal }: StatementJson): Listed {
  const { AWS, ...kinds } = (NotPrincipal ?? {}) as Readonly<Record<string, unknown>>;
  const listed = valuesOf(AWS).map((arn) => ({ arn, read: parseIamArn(arn), account: accountNamed(arn) }));
  const ofKind = (kind: 'user' | 'role' | 'assumed-role'): readonly Identity[] =>
    listed.flatMap(({ arn, read }) =>
      read?.kind === kind ? [{ arn, accountId: read.accountId, name: read.name }] : [],
    );
  return {
    accounts: listed.flatMap(({ account }) => account ?? []),
    users: ofKind('user'),
    roles: ofKind('role'),
    sessions: ofKind('assumed-role'),
    hasOthers:
      typeof NotPrincipal !== 'object' ||
      Object.keys(kinds).length > 0 ||
      listed.some(({ read, account }) => read === undefined && account === undefined),
  };
}

/** Whether a session is one of a role. The ARN of a session does not have the path of its role. */
function isOf(role: Identity, session: Identity): boolean {
  return role.accountId === session.accountId && role.name === session.name;
}

/** Who is listed in vain, as sentences that begin with a space. */
function lackingOf(statement: StatementJson): string {
  const { accounts, users, roles, sessions } = listedBy(statement);
  const without = roles.filter((role) => !sessions.some((session) => isOf(role, session)));
  const homeless = [...users, ...roles].filter(({ accountId }) => !accounts.includes(accountId));
  const names = (identities: readonly Identity[]) => identities.map(({ arn }) => arn).join(', ');
  return [
    without.length > 0 && ` It lists no session of ${names(without)}, so it denies every one of them.`,
    homeless.length > 0 && ` It does not list the account of ${names(homeless)}, so it denies them.`,
  ]
    .filter(Boolean)
    .join('');
}

/** @returns `undefined` if it is not known whom the statement is meant to exempt, or if it has a condition on the key already */
function replacementOf({ statement }: PlacedStatement): readonly StatementJson[] | undefined {
  const { accounts, users, roles, sessions, hasOthers } = listedBy(statement);
  const exempt = [...users, ...roles];
  const isKnown =
    exempt.length > 0 &&
    !hasOthers &&
    accounts.every((account) => exempt.some(({ accountId }) => accountId === account)) &&
    sessions.every((session) => roles.some((role) => isOf(role, session)));
  if (!isKnown || conditionKeysOf(statement).includes('aws:principalarn')) return undefined;
  const { NotPrincipal: _, ...rest } = statement;
  const arns = exempt.map(({ arn }) => arn);
  return [withCondition({ ...rest, Principal: '*' }, 'ArnNotEquals', 'aws:PrincipalArn', arns)];
}
