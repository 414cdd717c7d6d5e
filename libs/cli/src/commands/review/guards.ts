import { type NamedPolicy, parseArn, splitFunctionArn } from '@cross-account-api/iam';
import type { ApiFacts } from '@cross-account-api/iam/explanation';
import type { Guard, Wish } from '@cross-account-api/iam/witness';
import { actionsAbout } from '../../aws/actions.ts';
import type { ReviewFacts } from './facts.ts';
import { authorizedRoutes, needOf } from './routes.ts';

/** A guard without its policy: what the reviewed accounts are, and what their organizations forbid. */
function commonOf(facts: ReviewFacts, accountId: string, partition: string) {
  return {
    zone: {
      ...{ accountId, partition, organizations: facts.organizations, now: facts.now ?? new Date() },
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
export function trustGuard(facts: ReviewFacts): Guard | undefined {
  const { assumesRole, invokeRole } = facts;
  if (!assumesRole || invokeRole === undefined) return undefined;
  const { accountId, partition } = parseArn(invokeRole.arn);
  const common = commonOf(facts, accountId, partition);
  const wish = (action: string): Wish => ({ action, resource: invokeRole.arn });
  return {
    ...common,
    zone: { ...common.zone, resourceTags: invokeRole.tags },
    policy: invokeRole.trust,
    wishes: [wish('sts:AssumeRole')],
    tokenWishes: [wish('sts:AssumeRoleWithWebIdentity'), wish('sts:AssumeRoleWithSAML')],
    isForOwnAccount: true,
    inVpc: false,
  };
}

/** What the resource policy of the API guards: the routes for which IAM decides. */
export function apiGuard(facts: ReviewFacts, api: ApiFacts, policy: NamedPolicy): Guard {
  const wishes = authorizedRoutes(api).map((route) => needOf(api, facts.stage, route));
  return {
    ...commonOf(facts, api.accountId, partitionOf(wishes[0])),
    ...{ policy, wishes, isForOwnAccount: false, inVpc: api.privateTo !== undefined },
  };
}

/** What the resource policy of the API guards of a route for which nobody asks IAM. */
export function openRouteGuard(facts: ReviewFacts, api: ApiFacts, policy: NamedPolicy, wish: Wish): Guard {
  return {
    ...commonOf(facts, api.accountId, partitionOf(wish)),
    ...{ policy, wishes: [], anonymousWishes: [wish] },
    ...{ isForOwnAccount: false, inVpc: api.privateTo !== undefined },
  };
}

function partitionOf(wish: Wish | undefined): string {
  return parseArn(wish?.resource ?? 'arn:aws:').partition;
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
export function urlWishes(functionArn: string, authType: 'NONE' | 'AWS_IAM'): readonly [Wish, Wish] {
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
export function functionGuard(facts: ReviewFacts, functionArn: string, policy: NamedPolicy): Guard {
  const { accountId, partition } = parseArn(functionArn);
  return {
    ...commonOf(facts, accountId, partition),
    policy,
    wishes: [
      ...invocationsOf(functionArn),
      ...functionActions().map((action) => ({ action, resource: functionArn })),
    ],
    serviceWishes: invocationsOf(functionArn),
    ...{ isForOwnAccount: false, inVpc: false },
  };
}

/** The ways to invoke a function directly: it, one of its versions or aliases, and with the condition key that says so, or without it. */
function invocationsOf(functionArn: string): readonly Wish[] {
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
export function urlGuard(guard: Guard, functionArn: string, authType: 'NONE' | 'AWS_IAM'): Guard {
  const wishes = urlWishes(functionArn, authType);
  const { serviceWishes: _, ...rest } = guard;
  return authType === 'NONE' ? { ...rest, wishes: [], anonymousWishes: wishes } : { ...rest, wishes };
}
