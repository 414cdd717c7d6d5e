import { accountNamed, type Decision, parseArn } from '@cross-account-api/iam';
import {
  admitsCaller,
  type GuardedPolicy,
  judgeStatement,
  type StatementJudgement,
  workBudget,
} from '@cross-account-api/iam/witness';
import { type Judged, together } from './endings.ts';
import type { ReviewFacts } from './facts.ts';
import { bySeverity, type Finding, statementFinding } from './finding.ts';
import { callersOf, guardedApi, guardedTrust } from './guarded-policies.ts';
import { type Admitted, admittedBy, exampleOf } from './outsiders.ts';
import type { Need } from './reach.ts';
import { replayResource } from './replay.ts';
import { needOf, routeNeeds, spareRoutes, spareRoutesText } from './routes.ts';
import {
  allowStatementsOf,
  type PlacedStatement,
  type StatementJson,
  valuesOf,
  withCondition,
  withStatements,
} from './statements.ts';

const PRINCIPALS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html';
const PROVIDERS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html';
const API_POLICY =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html';
const CONFUSED_DEPUTY = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html';

/** A policy that admits callers. */
interface Admission {
  readonly guarded: GuardedPolicy;
  /** The trust policy of the role. Otherwise, it is the resource policy of the API. */
  readonly isTrust: boolean;
  /** The role or user that gets in by it. */
  readonly admitted: string | undefined;
  isMeant(decision: Decision): boolean;
}

/** What is changed, and how. */
interface PrincipalFinding
  extends Pick<Finding, 'code' | 'severity' | 'message' | 'principal' | 'witness' | 'isPublic' | 'aliases'> {
  readonly text: string;
  /** Absent if the change depends on what is not known. */
  readonly statements?: readonly StatementJson[] | undefined;
}

/** Reviews whom the role trusts, and whom the API admits. */
export function reviewTrust(facts: ReviewFacts): Judged {
  return together(
    admissionsOf(facts).flatMap((admission) =>
      allowStatementsOf(admission.guarded.policy).map((placed) => reviewStatement(facts, admission, placed)),
    ),
  );
}

function admissionsOf(facts: ReviewFacts): readonly Admission[] {
  const { assumesRole, invokeRole, caller, api } = facts;
  const admissions: Admission[] = [];
  const trust = guardedTrust(facts);
  if (trust !== undefined) {
    admissions.push({
      guarded: trust,
      isTrust: true,
      admitted: caller?.arn,
      isMeant: ({ action, resource }) => action === 'sts:AssumeRole' && resource === invokeRole?.arn,
    });
  }
  if (api?.policy !== undefined) {
    admissions.push({
      guarded: guardedApi(facts, api, api.policy),
      isTrust: false,
      admitted: (assumesRole ? invokeRole : caller)?.arn,
      isMeant: ({ action, resource }) =>
        action === 'execute-api:Invoke' && resource.includes(`:${api.apiId}/`),
    });
  }
  return admissions;
}

/** The findings about a statement, and how its judgement ends. Each of its principals is judged alone. */
function reviewStatement(facts: ReviewFacts, admission: Admission, placed: PlacedStatement): Judged {
  const { guarded } = admission;
  const budget = workBudget();
  const parts = partsOf(placed.statement);
  const judged = parts.map((part) => ({ part, ending: judgeStatement(guarded, part.statement, budget) }));
  const isAbout = judged.some(({ ending }) => ending.kind !== 'elsewhere');
  const found = judged.flatMap(({ part, ending }) =>
    reviewPart(facts, admission, placed, part, ending).map((each) => ({
      ...each,
      ...(part.principal !== undefined && { principal: part.principal }),
    })),
  );
  const findings = [
    ...found.map((each) =>
      change(facts, admission, placed, {
        ...each,
        documentation: each.code === 'open-identity-provider' ? PROVIDERS : PRINCIPALS,
      }),
    ),
    ...(isAbout ? reviewExternalId(facts, admission, placed) : []),
    ...(isAbout ? reviewRoutes(facts, admission, placed) : []),
  ];
  const needed = findings.length === 0 && isAbout ? reviewNeed(facts, admission, placed) : [];
  const unread = judged.flatMap(({ ending }) => (ending.kind === 'unread' ? [ending.reason] : []));
  const { accountId } = guarded.knownAccounts;
  const about = { where: placed.where, accountId, statement: placed.statement };
  return {
    findings: [...findings, ...needed],
    statements: [
      unread.length > 0
        ? { ...about, ending: 'unread', reason: [...new Set(unread)].join('; ') }
        : {
            ...about,
            ending: findings.length + needed.length > 0 ? 'finding' : isAbout ? 'narrow' : 'elsewhere',
          },
    ],
  };
}

/** A statement for one of its principals. */
interface Part {
  readonly statement: StatementJson;
  /** Absent: all of its principals that are not of AWS accounts. */
  readonly principal?: string;
}

function partsOf(statement: StatementJson): readonly Part[] {
  const { Principal, NotPrincipal } = statement;
  if (typeof Principal !== 'object' || Principal === null || NotPrincipal !== undefined) {
    return [{ statement, principal: '*' }];
  }
  const { AWS, ...kinds } = Principal as Readonly<Record<string, unknown>>;
  return [
    ...valuesOf(AWS).map((principal) => ({
      principal,
      statement: { ...statement, Principal: { AWS: principal } },
    })),
    ...(Object.keys(kinds).length === 0 ? [] : [{ statement: { ...statement, Principal: kinds } }]),
  ];
}

function reviewPart(
  facts: ReviewFacts,
  admission: Admission,
  { statement }: PlacedStatement,
  { principal }: Part,
  ending: StatementJudgement,
): readonly PrincipalFinding[] {
  const who = admission.isTrust ? 'assume the role' : 'call the API';
  if (ending.kind === 'elsewhere') return [];
  if (ending.kind === 'open') {
    const [first] = ending.witnesses;
    const admitted = ending.witnesses.map((witness) => admittedBy(witness, admission.guarded.knownAccounts));
    const [worst] = admitted.toSorted(bySeverity);
    if (worst === undefined) return [];
    const sentences = admitted
      .filter(({ severity }) => severity === worst.severity)
      .map(
        (each) => `${each.who} may ${who}${each.needsOwnPolicy ? ', if its administrators allow it' : ''}.`,
      );
    const account = accountNamed(principal ?? '');
    return [
      {
        code: worst.code,
        severity: worst.severity,
        message: [...new Set(sentences)].join(' '),
        witness: exampleOf(first, admission.guarded.policy),
        aliases: aliasesOf(worst, statement),
        ...(worst.isPublic && { isPublic: true }),
        ...(principal === undefined
          ? { text: CLAIM }
          : nameCaller(facts, admission, statement, principal, account)),
      },
    ];
  }
  if (principal === undefined) return [];
  if (/^A(?:RO|ID)A[A-Z0-9]+$/.test(principal)) {
    return [
      {
        code: 'deleted-principal',
        severity: 'low',
        message: `${principal} is the ID of a role or user that was deleted. A new one with the same name has another ID and may not ${who}.`,
        text: 'Remove it. If the caller still needs it, admit its account instead, with the condition that aws:PrincipalArn is the role.',
      },
    ];
  }
  const [, root] = /^(arn:aws[a-z-]*:iam::\d{12}):(?:role|user)\//.exec(principal) ?? [];
  if (root === undefined) return [];
  return [
    {
      code: 'principal-by-name',
      severity: 'medium',
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
    },
  ];
}

const CLAIM =
  'Add a condition on the claim that names your organization, such as token.actions.githubusercontent.com:sub with repo:OWNER/REPOSITORY:*. If no caller uses the provider, remove the statement.';

/** What other tools call it. */
function aliasesOf({ code, severity }: Admitted, statement: StatementJson): readonly string[] {
  const operators = Object.keys(statement.Condition ?? {});
  return [
    ...(operators.some((operator) => /^ForAllValues:/i.test(operator)) && severity === 'high'
      ? ['IAM Access Analyzer: FORALLVALUES_WITH_SINGLE_VALUED_KEY']
      : []),
    ...(code === 'open-identity-provider' && severity === 'high'
      ? ['IAM: identity-provider controls for shared OIDC providers']
      : []),
  ];
}

/** A statement of the role's trust policy by which nobody comes who makes the call. */
function reviewNeed(facts: ReviewFacts, admission: Admission, placed: PlacedStatement): readonly Finding[] {
  const callers = callersOf(facts);
  const { guarded, isTrust } = admission;
  if (!isTrust || callers.length === 0) return [];
  const isNeeded = callers.some(
    (caller) => admitsCaller(guarded, placed.statement, caller).kind !== 'refused',
  );
  if (isNeeded) return [];
  return [
    change(facts, admission, placed, {
      code: 'unneeded-trust',
      severity: 'low',
      documentation: PRINCIPALS,
      message: `None of the callers that are known comes by it: ${callers.map(({ arn }) => arn).join(', ')}. It admits others.`,
      text: 'Remove the statement, if nobody else needs the role.',
      statements: [],
    }),
  ];
}

/** The change that admits only the callers that are known. @param account the one that is admitted, if it is one */
function nameCaller(
  { recorded }: ReviewFacts,
  { admitted, isMeant }: Admission,
  statement: StatementJson,
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
  statement: StatementJson,
  principal: string,
  changed: (own: StatementJson) => StatementJson,
): readonly StatementJson[] {
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
  const { guarded } = admission;
  const { accountId } = guarded.knownAccounts;
  const own = organizations.get(accountId);
  const named = principalsOf(placed.statement).flatMap((each) => /\d{12}/.exec(each)?.[0] ?? []);
  const foreign = [...new Set(named)]
    .filter((each) => each !== accountId && !(own !== undefined && organizations.get(each) === own))
    .filter((each) => asksNoCustomer(each));
  if (foreign.length === 0) return [];
  const isUnknown = [accountId, ...foreign].some((each) => !organizations.has(each));
  return [
    change(facts, admission, placed, {
      code: 'no-external-id',
      severity: 'medium',
      documentation: CONFUSED_DEPUTY,
      message: `If account ${foreign.join(', ')} also acts for other customers, one of them can give it the ARN of this role, and it then calls the API for that customer. If the caller acts for nobody else, no external ID is needed; in an AWS organization, the condition aws:PrincipalOrgID says so.${isUnknown ? ' It could not be read whether the accounts are in one organization.' : ''}`,
      text: 'First let the caller send the external ID with AssumeRole; then ask for it.',
      statements: [
        withCondition(placed.statement, 'StringEquals', 'sts:ExternalId', externalId ?? '<a random value>'),
      ],
    }),
  ];

  /** Whether a role of this account is admitted for another customer: without an external ID, or with another one. */
  function asksNoCustomer(account: string): boolean {
    const text = JSON.stringify(placed.statement);
    const written = text.match(/arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+/g) ?? [];
    const candidates = [
      ...callersOf(facts),
      ...[...written, `arn:${guarded.knownAccounts.partition}:iam::${account}:role/outsider`].map((arn) => ({
        arn,
      })),
    ].filter(({ arn }) => parseArn(arn).accountId === account);
    return candidates.some(
      (caller) =>
        admitsCaller(guarded, placed.statement, { ...caller, organization: 'another' }).kind === 'admitted',
    );
  }
}

/** The routes to which the policy of the API admits a caller that does not call them. */
function reviewRoutes(facts: ReviewFacts, admission: Admission, placed: PlacedStatement): readonly Finding[] {
  const { api, caller, assumesRole, stage } = facts;
  if (assumesRole || api === undefined || caller === undefined) return [];
  const isAdmitted = (need: Need) =>
    admitsCaller(admission.guarded, placed.statement, caller, [need]).kind !== 'refused';
  const spare = spareRoutes(facts, api).filter((route) => isAdmitted(needOf(api, stage, route)));
  const needs = routeNeeds(facts, api).filter(isAdmitted);
  if (spare.length === 0 || needs.length === 0) return [];
  const { NotResource: _, ...statement } = placed.statement;
  const Resource = needs.length === 1 ? needs[0]?.resource : needs.map(({ resource }) => resource);
  return [
    change(facts, admission, placed, {
      code: 'unneeded-routes',
      severity: 'low',
      documentation: API_POLICY,
      message: `${spareRoutesText(facts, spare)}, and the policy of the API admits it.`,
      text: 'Replace the statement by this one. Other callers whom it admits need a statement for their routes.',
      statements: [{ ...statement, Resource }],
    }),
  ];
}

/** A finding about a statement of a policy that admits callers. */
function change(
  { recorded }: ReviewFacts,
  { guarded, isMeant }: Admission,
  placed: PlacedStatement,
  { text, statements, ...about }: PrincipalFinding & Pick<Finding, 'documentation'>,
): Finding {
  return statementFinding(placed, {
    ...about,
    accountId: guarded.knownAccounts.accountId,
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
function principalsOf({ Principal, NotPrincipal }: StatementJson): readonly string[] {
  if (Principal === '*' || NotPrincipal !== undefined) return ['*'];
  const { AWS } = (Principal ?? {}) as { readonly AWS?: unknown };
  return valuesOf(AWS);
}
