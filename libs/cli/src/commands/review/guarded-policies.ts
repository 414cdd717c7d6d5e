import { type NamedPolicy, parseArn, splitFunctionArn } from '@cross-account-api/iam';
import { actionsAbout } from '@cross-account-api/iam/aws';
import type { ApiFacts } from '@cross-account-api/iam/explanation';
import type { AskedAction, GuardedPolicy } from '@cross-account-api/iam/witness';
import type { ReviewFacts } from './facts.ts';
import { authorizedRoutes, needOf } from './routes.ts';

/** What all guarded policies have: the reviewed accounts, and the policies of their organizations. */
function commonOf(facts: ReviewFacts, accountId: string, partition: string) {
  return {
    knownAccounts: {
      accountId,
      partition,
      organizations: facts.organizations,
      now: facts.now ?? new Date(),
      callerAccounts: callersOf(facts).map(({ arn }) => parseArn(arn).accountId),
    },
    resourceControl: facts.limits?.resourceControl ?? [],
    serviceControl: facts.limits?.serviceControl ?? new Map(),
  };
}

/** A role or user that makes the call. */
export interface IntendedCaller {
  readonly arn: string;
  readonly uniqueId?: string | undefined;
}

/** Everybody who makes the call: the caller, those of the stage's settings, and those that were recorded. */
export function callersOf({
  caller,
  callerArns = [],
  recorded,
  invokeRole,
  api,
}: ReviewFacts): readonly IntendedCaller[] {
  const seen = recorded.flatMap(({ action, resource, context }) => {
    const isCall =
      (action === 'sts:AssumeRole' && resource === invokeRole?.arn) ||
      (action === 'execute-api:Invoke' && api !== undefined && resource.includes(`:${api.apiId}/`));
    const arn = context['aws:PrincipalArn'];
    return isCall && typeof arn === 'string' && arn !== invokeRole?.arn ? [arn] : [];
  });
  const others = new Set([...callerArns, ...seen]);
  if (caller !== undefined) others.delete(caller.arn);
  return [
    ...(caller === undefined ? [] : [{ arn: caller.arn, uniqueId: caller.uniqueId }]),
    ...[...others].map((arn) => ({ arn })),
  ];
}

/** What the trust policy of the role guards. */
export function guardedTrust(facts: ReviewFacts): GuardedPolicy | undefined {
  const { assumesRole, invokeRole } = facts;
  if (!assumesRole || invokeRole === undefined) return undefined;
  const { accountId, partition } = parseArn(invokeRole.arn);
  const common = commonOf(facts, accountId, partition);
  const askedAction = (action: string): AskedAction => ({ action, resource: invokeRole.arn });
  return {
    ...common,
    knownAccounts: { ...common.knownAccounts, resourceTags: invokeRole.tags },
    policy: invokeRole.trust,
    askedActions: [askedAction('sts:AssumeRole')],
    tokenActions: [askedAction('sts:AssumeRoleWithWebIdentity'), askedAction('sts:AssumeRoleWithSAML')],
    isForOwnAccount: true,
    inVpc: false,
  };
}

/** What the resource policy of the API guards: the routes for which IAM decides. */
export function guardedApi(facts: ReviewFacts, api: ApiFacts, policy: NamedPolicy): GuardedPolicy {
  const askedActions = authorizedRoutes(api).map((route) => needOf(api, facts.stage, route));
  return {
    ...commonOf(facts, api.accountId, partitionOf(askedActions[0])),
    policy,
    askedActions,
    isForOwnAccount: false,
    inVpc: api.privateTo !== undefined,
  };
}

/** What the resource policy of the API guards of a route for which nobody asks IAM. */
export function guardedOpenRoute(
  facts: ReviewFacts,
  api: ApiFacts,
  policy: NamedPolicy,
  askedAction: AskedAction,
): GuardedPolicy {
  return {
    ...commonOf(facts, api.accountId, partitionOf(askedAction)),
    policy,
    askedActions: [],
    anonymousActions: [askedAction],
    isForOwnAccount: false,
    inVpc: api.privateTo !== undefined,
  };
}

function partitionOf(askedAction: AskedAction | undefined): string {
  return parseArn(askedAction?.resource ?? 'arn:aws:').partition;
}

/** Leads to the code or the policy of a function. */
const WORST_ACTIONS = `
  CreateFunctionUrlConfig UpdateFunctionUrlConfig PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig
  AddPermission RemovePermission PutResourcePolicy UpdateFunctionConfiguration UpdateFunctionCode
`
  .trim()
  .split(/\s+/)
  .map((name) => `lambda:${name}`);

/** What outsiders would do with a function, except through its URL. The worst come last: to find one is enough. */
function functionActions(): readonly string[] {
  const worst = new Set(WORST_ACTIONS);
  const others = actionsAbout('lambda', 'function').filter(
    (each) => !worst.has(each) && each !== 'lambda:InvokeFunctionUrl',
  );
  return [...others, ...WORST_ACTIONS];
}

/** The requests to a function through its URL. They need both permissions: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
export function urlActions(
  functionArn: string,
  authType: 'NONE' | 'AWS_IAM',
): readonly [AskedAction, AskedAction] {
  const context = { 'lambda:FunctionUrlAuthType': authType };
  return [
    { action: 'lambda:InvokeFunctionUrl', resource: functionArn, context },
    {
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      context: { ...context, 'lambda:InvokedViaFunctionUrl': 'true' },
    },
  ];
}

/** What the policy of a function guards: the function itself, past API Gateway. */
export function guardedFunction(facts: ReviewFacts, functionArn: string, policy: NamedPolicy): GuardedPolicy {
  const { accountId, partition } = parseArn(functionArn);
  return {
    ...commonOf(facts, accountId, partition),
    policy,
    askedActions: [
      ...invocationsOf(functionArn),
      ...functionActions().map((action) => ({ action, resource: functionArn })),
    ],
    serviceActions: invocationsOf(functionArn),
    isForOwnAccount: false,
    inVpc: false,
  };
}

/** The ways to invoke a function directly: it, one of its versions or aliases, and with the condition key that says so, or without it. */
function invocationsOf(functionArn: string): readonly AskedAction[] {
  const action = 'lambda:InvokeFunction';
  return [
    ...(splitFunctionArn(functionArn).qualifier === undefined
      ? [{ action, resource: `${functionArn}:*` }]
      : []),
    { action, resource: functionArn, context: { 'lambda:InvokedViaFunctionUrl': 'false' } },
    { action, resource: functionArn },
  ];
}

/** What the policy of a function guards of its URL. */
export function guardedUrl(
  guarded: GuardedPolicy,
  functionArn: string,
  authType: 'NONE' | 'AWS_IAM',
): GuardedPolicy {
  const askedActions = urlActions(functionArn, authType);
  const { serviceActions: _, ...rest } = guarded;
  return authType === 'NONE'
    ? { ...rest, askedActions: [], anonymousActions: askedActions }
    : { ...rest, askedActions };
}
