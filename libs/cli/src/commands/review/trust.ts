import { type Decision, type NamedPolicy, parseArn } from '@cross-account-api/iam';
import type { ReviewFacts } from './facts.ts';
import { type Finding, statementFinding } from './finding.ts';
import { admits, anotherRole, type Need } from './reach.ts';
import { replayResource } from './replay.ts';
import { authorizedRoutes, needOf, routeNeeds, spareRoutes, spareRoutesText } from './routes.ts';
import {
  allowStatementsOf,
  type PlacedStatement,
  type Statement,
  valuesOf,
  withCondition,
  withStatements,
} from './statements.ts';

const PRINCIPALS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html';
const API_POLICY =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html';
const CONFUSED_DEPUTY = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html';

/** Condition keys that leave one role, or the roles with a tag. */
const NAMES_ROLE = /^aws:(principalarn|principaltype|userid|username|principaltag\/.+)$/;
/** Condition keys that leave an account, an organization or a network. */
const NAMES_GROUP =
  /^aws:(principalaccount|principalorgid|principalorgpaths|sourcevpce|sourcevpcearn|sourcevpc|sourcevpcarn|vpceaccount|vpceorgid|vpceorgpaths|sourceip|vpcsourceip)$/;
/** Condition keys that keep a caller from using the role of another customer. */
const NAMES_CUSTOMER = /^(sts:externalid|aws:principalorgid|aws:principalorgpaths)$/;

/** An account of nobody. */
const NOBODYS = '000000000000';

/** A policy that admits callers. */
interface Admission {
  readonly policy: NamedPolicy;
  readonly accountId: string;
  readonly partition: string;
  /** What it admits to. */
  readonly needs: readonly Need[];
  /** The trust policy of the role. Otherwise, it is the resource policy of the API. */
  readonly isTrust: boolean;
  /** The role or user that gets in by it. */
  readonly admitted: string | undefined;
  isMeant(decision: Decision): boolean;
}

/** What is changed, and how. */
interface PrincipalFinding extends Pick<Finding, 'code' | 'severity' | 'message'> {
  readonly text: string;
  /** Absent if the change depends on what is not known. */
  readonly statements?: readonly Statement[] | undefined;
}

/** Reviews whom the role trusts, and whom the API admits. */
export function reviewTrust(facts: ReviewFacts): readonly Finding[] {
  return admissionsOf(facts).flatMap((admission) =>
    allowStatementsOf(admission.policy)
      .filter((placed) => isAbout(placed.statement, admission))
      .flatMap((placed) => [
        ...principalsOf(placed.statement)
          .flatMap((principal) => reviewPrincipal(facts, admission, placed, principal) ?? [])
          .map((found) => change(facts, admission, placed, { ...found, documentation: PRINCIPALS })),
        ...reviewExternalId(facts, admission, placed),
        ...reviewRoutes(facts, admission, placed),
      ]),
  );
}

function admissionsOf(facts: ReviewFacts): readonly Admission[] {
  const { assumesRole, invokeRole, caller, api } = facts;
  const admissions: Admission[] = [];
  if (assumesRole && invokeRole !== undefined) {
    const { accountId, partition } = parseArn(invokeRole.arn);
    admissions.push({
      ...{ accountId, partition, policy: invokeRole.trust, isTrust: true, admitted: caller?.arn },
      needs: [{ action: 'sts:AssumeRole', resource: invokeRole.arn }],
      isMeant: ({ action, resource }) => action === 'sts:AssumeRole' && resource === invokeRole.arn,
    });
  }
  if (api?.policy !== undefined) {
    const admitted = (assumesRole ? invokeRole : caller)?.arn;
    const { partition } = parseArn(admitted ?? 'arn:aws:');
    const { accountId, policy } = api;
    admissions.push({
      ...{ accountId, partition, policy, isTrust: false, admitted },
      needs: authorizedRoutes(api).map((route) => needOf(api, facts.stage, route)),
      isMeant: ({ action, resource }) =>
        action === 'execute-api:Invoke' && resource.includes(`:${api.apiId}/`),
    });
  }
  return admissions;
}

/** Whether a statement admits anybody to what is reviewed. */
function isAbout(statement: Statement, { policy, needs }: Admission): boolean {
  const { Condition: _, NotPrincipal: _not, ...rest } = statement;
  const open = { ...rest, Principal: '*' };
  const placed = {
    policy: { ...policy, document: { ...policy.document, Statement: [open] } },
    statement: open,
    where: '',
  };
  return needs.some((need) => admits(placed, anotherRole(NOBODYS), need, () => true));
}

function reviewPrincipal(
  facts: ReviewFacts,
  admission: Admission,
  placed: PlacedStatement,
  principal: string,
): PrincipalFinding | undefined {
  const { statement } = placed;
  const who = admission.isTrust ? 'assume the role' : 'call the API';
  const isAdmitted = (accountId: string, ...keys: readonly RegExp[]) =>
    admission.needs.some((need) =>
      admits(placed, anotherRole(accountId, admission.partition), need, (key) =>
        keys.some((each) => each.test(key)),
      ),
    );
  if (principal === '*') {
    if (isAdmitted(NOBODYS, NAMES_ROLE, NAMES_GROUP)) {
      return {
        ...{ code: 'trusts-everyone', severity: 'high' },
        message: `Any role or user of any AWS account may ${who}.`,
        ...nameCaller(facts, admission, statement, principal),
      };
    }
    const accounts = JSON.stringify(statement.Condition ?? {}).match(/\b\d{12}\b/g) ?? [];
    const others = [NOBODYS, ...accounts].filter((each) => admission.isTrust || each !== admission.accountId);
    if (!others.some((each) => isAdmitted(each, NAMES_ROLE))) return undefined;
    return {
      ...{ code: 'whole-account', severity: 'medium' },
      message: `Every role and user that meets the conditions may ${who}, if its own account allows it.`,
      ...nameCaller(facts, admission, statement, principal),
    };
  }
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
  if (account !== undefined) {
    // In its own account, the policy of an API adds nothing to what identity policies allow.
    if (!admission.isTrust && account === admission.accountId) return undefined;
    if (!isAdmitted(account, NAMES_ROLE)) return undefined;
    return {
      ...{ code: 'whole-account', severity: 'medium' },
      message: `Every role and user of account ${account} may ${who}, if its own administrators allow it.`,
      ...nameCaller(facts, admission, statement, principal, account),
    };
  }
  if (/^A(?:RO|ID)A[A-Z0-9]+$/.test(principal)) {
    return {
      ...{ code: 'deleted-principal', severity: 'low' },
      message: `${principal} is the ID of a role or user that was deleted. A new one with the same name has another ID and may not ${who}.`,
      text: 'Remove it. If the caller still needs it, admit its account instead, with the condition that aws:PrincipalArn is the role.',
    };
  }
  const [, root] = /^(arn:[\w-]+:iam::\d{12}):(?:role|user)\//.exec(principal) ?? [];
  if (root === undefined) return undefined;
  return {
    ...{ code: 'principal-by-name', severity: 'medium' },
    message: `IAM keeps the ID of ${principal}, not its name. If it is deleted and made again, it may no longer ${who}; and it must exist before this policy can be saved.`,
    text: 'Admit the account instead, with the condition that aws:PrincipalArn is this ARN: it holds for a role that is made again.',
    statements: alone(statement, principal, (own) =>
      withCondition(
        { ...own, Principal: { AWS: `${root}:root` } },
        'ArnEquals',
        'aws:PrincipalArn',
        principal,
      ),
    ),
  };
}

/** The change that admits only the callers that are known. @param account the one that is admitted, if it is one */
function nameCaller(
  { recorded }: ReviewFacts,
  { admitted, isMeant }: Admission,
  statement: Statement,
  principal: string,
  account?: string,
): Pick<PrincipalFinding, 'text' | 'statements'> {
  const callers = [admitted, ...recorded.filter(isMeant).map(({ context }) => context['aws:PrincipalArn'])]
    .filter((each) => typeof each === 'string')
    .filter((each) => account === undefined || parseArn(each).accountId === account);
  const names = [...new Set(callers)];
  const condition = 'Add the condition that aws:PrincipalArn is the role that calls';
  if (names.length === 0) return { text: `${condition}, or one of several.` };
  return {
    text: `${condition}: ${names.join(', ')}. If there are more callers, name them, too.`,
    statements: alone(statement, principal, (own) =>
      withCondition(own, 'ArnEquals', 'aws:PrincipalArn', names.length === 1 ? (names[0] ?? '') : names),
    ),
  };
}

/** Changes a statement for one of its principals. The others keep theirs. */
function alone(
  statement: Statement,
  principal: string,
  changed: (own: Statement) => Statement,
): readonly Statement[] {
  const { Principal, Sid } = statement;
  if (typeof Principal !== 'object' || Principal === null) return [changed(statement)];
  const { AWS, ...kinds } = Principal as Readonly<Record<string, unknown>>;
  const others = valuesOf(AWS).filter((each) => each !== principal);
  if (others.length === 0 && Object.keys(kinds).length === 0) return [changed(statement)];
  const rest = others.length === 0 ? kinds : { ...kinds, AWS: others.length === 1 ? others[0] : others };
  const named = typeof Sid === 'string' && Sid !== '' ? { Sid: `${Sid}2` } : {};
  return [
    { ...statement, Principal: rest },
    changed({ ...statement, ...named, Principal: { AWS: principal } }),
  ];
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
  if (!admission.isTrust) return [];
  const { organizations, externalId } = facts;
  const { accountId, partition, needs } = admission;
  const own = organizations.get(accountId);
  const named = principalsOf(placed.statement).flatMap((each) => /\d{12}/.exec(each)?.[0] ?? []);
  const foreign = [...new Set(named)]
    .filter((each) => each !== accountId && !(own !== undefined && organizations.get(each) === own))
    .filter((each) => asksNoCustomer(each));
  if (foreign.length === 0) return [];
  const isUnknown = [accountId, ...foreign].some((each) => !organizations.has(each));
  return [
    change(facts, admission, placed, {
      ...{ code: 'no-external-id', severity: 'medium', documentation: CONFUSED_DEPUTY },
      message: `If account ${foreign.join(', ')} also acts for other customers, one of them can give it the ARN of this role, and it then calls the API for that customer. If the caller acts for nobody else, no external ID is needed; in an AWS organization, the condition aws:PrincipalOrgID says so.${isUnknown ? ' It could not be read whether the accounts are in one organization.' : ''}`,
      text: 'First let the caller send the external ID with AssumeRole; then ask for it.',
      statements: [
        withCondition(placed.statement, 'StringEquals', 'sts:ExternalId', externalId ?? '<a random value>'),
      ],
    }),
  ];

  /** Whether a role of this account is admitted without an external ID, or with any. */
  function asksNoCustomer(account: string): boolean {
    const names = principalsOf(placed.statement).filter((each) => each.includes(account));
    const caller = names.find((each) => /:(role|user|assumed-role)\//.test(each));
    const role = anotherRole(account, partition);
    const principal = caller === undefined ? role : { ...role, principalArn: caller, arn: caller };
    return ['another', undefined].some((sent) =>
      needs.some((need) =>
        admits(
          placed,
          principal,
          need,
          (key) => NAMES_CUSTOMER.test(key),
          sent === undefined ? {} : { 'sts:ExternalId': sent },
        ),
      ),
    );
  }
}

/** The routes to which the policy of the API admits a caller that does not call them. */
function reviewRoutes(facts: ReviewFacts, admission: Admission, placed: PlacedStatement): readonly Finding[] {
  const { api, caller, assumesRole, stage } = facts;
  if (assumesRole || api === undefined || caller === undefined) return [];
  const another = anotherRole(parseArn(caller.arn).accountId);
  const principal = { ...another, principalArn: caller.arn, arn: caller.arn };
  const isAdmitted = (need: Need) => admits(placed, principal, need, (key) => NAMES_ROLE.test(key));
  const spare = spareRoutes(facts, api).filter((route) => isAdmitted(needOf(api, stage, route)));
  const needs = routeNeeds(facts, api).filter(isAdmitted);
  if (spare.length === 0 || needs.length === 0) return [];
  const { NotResource: _, ...statement } = placed.statement;
  const Resource = needs.length === 1 ? needs[0]?.resource : needs.map(({ resource }) => resource);
  return [
    change(facts, admission, placed, {
      ...{ code: 'unneeded-routes', severity: 'low', documentation: API_POLICY },
      message: `${spareRoutesText(facts, spare)}, and the policy of the API admits it.`,
      text: 'Replace the statement by this one. Other callers whom it admits need a statement for their routes.',
      statements: [{ ...statement, Resource }],
    }),
  ];
}

/** A finding about a statement of a policy that admits callers. */
function change(
  { recorded }: ReviewFacts,
  { accountId, isMeant }: Admission,
  placed: PlacedStatement,
  { text, statements, ...about }: PrincipalFinding & Pick<Finding, 'documentation'>,
): Finding {
  return statementFinding(placed, {
    ...about,
    accountId,
    change: { text, ...(statements !== undefined && { statements }) },
    proof:
      statements === undefined
        ? { kind: 'unproven' }
        : replayResource(
            recorded,
            isMeant,
            placed.policy,
            withStatements(placed.policy, new Map([[placed.statement, statements]])),
          ),
  });
}

/** The AWS principals of a statement. A statement that names those whom it does not admit admits everybody else. */
function principalsOf({ Principal, NotPrincipal }: Statement): readonly string[] {
  if (Principal === '*' || NotPrincipal !== undefined) return ['*'];
  const { AWS } = (Principal ?? {}) as { readonly AWS?: unknown };
  return valuesOf(AWS);
}
