import { type Decision, type NamedPolicy, parseArn } from '@cross-account-api/iam';
import type { ReviewFacts } from './facts.ts';
import { type Finding, statementFinding } from './finding.ts';
import { replayResource } from './replay.ts';
import {
  allowStatementsOf,
  conditionKeysOf,
  type PlacedStatement,
  type Statement,
  valuesOf,
  withCondition,
  withStatements,
} from './statements.ts';

const PRINCIPALS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html';
const CONFUSED_DEPUTY = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html';

/** Condition keys that leave one role, or the roles with a tag. */
const NAMES_ROLE = /^aws:(principalarn|userid|principaltag\/.+)$/;
/** Condition keys that leave an account, an organization or a network. */
const NAMES_GROUP = /^aws:(principalaccount|principalorgid|principalorgpaths|sourcevpce|sourcevpc|sourceip)$/;

/** The policy that admits the caller. */
interface Admission {
  readonly policy: NamedPolicy;
  readonly accountId: string;
  /** Whether it is the trust policy of a role. Otherwise, it is the resource policy of the API. */
  readonly isTrust: boolean;
  isMeant(decision: Decision): boolean;
}

/** Reviews whom the role trusts, or whom the API admits. */
export function reviewTrust(facts: ReviewFacts): readonly Finding[] {
  const admission = admissionOf(facts);
  if (admission === undefined) return [];
  return allowStatementsOf(admission.policy).flatMap((placed) => [
    ...reviewPrincipals(facts, admission, placed),
    ...reviewExternalId(facts, admission, placed),
  ]);
}

function admissionOf({ assumesRole, invokeRole, api }: ReviewFacts): Admission | undefined {
  if (assumesRole) {
    return (
      invokeRole && {
        policy: invokeRole.trust,
        accountId: parseArn(invokeRole.arn).accountId,
        isTrust: true,
        isMeant: ({ action, resource }) => action === 'sts:AssumeRole' && resource === invokeRole.arn,
      }
    );
  }
  return (
    api?.policy && {
      policy: api.policy,
      accountId: api.accountId,
      isTrust: false,
      isMeant: ({ action, resource }) =>
        action === 'execute-api:Invoke' && resource.includes(`:${api.apiId}/`),
    }
  );
}

function reviewPrincipals(
  facts: ReviewFacts,
  admission: Admission,
  placed: PlacedStatement,
): readonly Finding[] {
  const { statement } = placed;
  const keys = conditionKeysOf(statement);
  const namesRole = keys.some((key) => NAMES_ROLE.test(key));
  const namesGroup = keys.some((key) => NAMES_GROUP.test(key));
  const who = admission.isTrust ? 'assume the role' : 'call the API';
  const caller = facts.callerRole?.arn;
  const named =
    caller === undefined ? undefined : withCondition(statement, 'ArnEquals', 'aws:PrincipalArn', caller);
  const nameCaller = `Add the condition that aws:PrincipalArn is the caller's role${named === undefined ? '.' : `, ${caller}.`}`;
  return principalsOf(statement).flatMap((principal): readonly Finding[] => {
    const make = (
      code: Finding['code'],
      severity: Finding['severity'],
      message: string,
      text: string,
      next: Statement | undefined,
    ) => [
      change(facts, admission, placed, { code, severity, message, documentation: PRINCIPALS }, text, next),
    ];
    if (principal === '*') {
      if (namesRole) return [];
      return namesGroup
        ? make(
            'whole-account',
            'medium',
            `Everybody whom the condition leaves may ${who}: each role and user of it that its own account allows it.`,
            nameCaller,
            named,
          )
        : make(
            'trusts-everyone',
            'high',
            `Any role or user of any AWS account may ${who}.`,
            nameCaller,
            named,
          );
    }
    const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
    if (account !== undefined) {
      if (namesRole) return [];
      return make(
        'whole-account',
        'medium',
        `Account ${account} as a whole is admitted: each role and user that its administrators allow it may ${who}.`,
        nameCaller,
        named,
      );
    }
    if (/^A(?:RO|ID)A[A-Z0-9]+$/.test(principal)) {
      return make(
        'deleted-principal',
        'high',
        `${principal} is the ID of a role or user that was deleted. A new one with the same name has another ID and may not ${who}.`,
        'Admit the account instead, with the condition that aws:PrincipalArn is the role.',
        undefined,
      );
    }
    const [, root] = /^(arn:[\w-]+:iam::\d{12}):(?:role|user)\//.exec(principal) ?? [];
    if (root === undefined) return [];
    const others = principalsOf(statement).length > 1;
    return make(
      'principal-by-name',
      'medium',
      `IAM keeps the ID of ${principal}, not its name. If it is deleted and made again, it may no longer ${who}; and it must exist before this policy does.`,
      'Admit the account instead, with the condition that aws:PrincipalArn is the role: it holds for a role that is made again.',
      others
        ? undefined
        : withCondition(
            { ...statement, Principal: { AWS: `${root}:root` } },
            'ArnEquals',
            'aws:PrincipalArn',
            principal,
          ),
    );
  });
}

/**
 * An external ID keeps a caller that acts for several customers from using the role of another. Accounts of one organization do not
 * need it.
 */
function reviewExternalId(
  facts: ReviewFacts,
  admission: Admission,
  placed: PlacedStatement,
): readonly Finding[] {
  const { statement } = placed;
  const keys = conditionKeysOf(statement);
  if (!admission.isTrust || keys.some((key) => ['sts:externalid', 'aws:principalorgid'].includes(key)))
    return [];
  const accounts = principalsOf(statement).flatMap((each) => /\d{12}/.exec(each)?.[0] ?? []);
  const own = facts.organizations.get(admission.accountId);
  const foreign = accounts.filter(
    (each) => each !== admission.accountId && !(own !== undefined && facts.organizations.get(each) === own),
  );
  if (foreign.length === 0) return [];
  const value = facts.externalId ?? '<a random value>';
  return [
    change(
      facts,
      admission,
      placed,
      {
        code: 'no-external-id',
        severity: 'medium',
        message: `If account ${foreign.join(', ')} also acts for others, one of them can name this role to it, and it calls the API for them. If the caller acts for nobody else, no external ID is needed; in an AWS organization, the condition aws:PrincipalOrgID says so.`,
        documentation: CONFUSED_DEPUTY,
      },
      'First let the caller send the external ID with AssumeRole; then ask for it.',
      withCondition(statement, 'StringEquals', 'sts:ExternalId', value),
    ),
  ];
}

/** @param next the changed statement; absent if it depends on what is not known */
function change(
  { recorded }: ReviewFacts,
  admission: Admission,
  placed: PlacedStatement,
  about: Pick<Finding, 'code' | 'severity' | 'message' | 'documentation'>,
  text: string,
  next: Statement | undefined,
): Finding {
  return statementFinding(placed, {
    ...about,
    accountId: admission.accountId,
    change: { text, ...(next !== undefined && { statements: [next] }) },
    proof:
      next === undefined
        ? { kind: 'unproven' }
        : replayResource(recorded, admission.isMeant, withStatements(placed, [next])),
  });
}

/** The AWS principals of a statement. */
function principalsOf({ Principal }: Statement): readonly string[] {
  if (Principal === '*') return ['*'];
  const { AWS } = (Principal ?? {}) as { readonly AWS?: unknown };
  return valuesOf(AWS);
}
