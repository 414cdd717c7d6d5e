import { likelyPartitionOf } from '@cross-account-api/iam';
import { type ApiFacts, invokeArn, type RouteFacts, routeName } from '@cross-account-api/iam/explanation';
import { findRoute, type MethodAndPath } from '../../call/find-route.ts';
import type { ReviewFacts } from './facts.ts';
import type { Need } from './reach.ts';

/** The ARN with which the ARNs of the routes of a stage begin. */
export function stageArn({ region, accountId, apiId }: ApiFacts, stage: string): string {
  return `arn:${likelyPartitionOf(region).name}:execute-api:${region}:${accountId}:${apiId}/${stage}`;
}

/** The permission that a call of a route needs. */
export function needOf(api: ApiFacts, stage: string, route: MethodAndPath): Need {
  return { action: 'execute-api:Invoke', resource: invokeArn(stageArn(api, stage), route) };
}

/** The routes for which IAM decides. */
export function authorizedRoutes({ routes }: ApiFacts): readonly RouteFacts[] {
  return routes.filter(({ authorizationType }) => authorizationType === 'AWS_IAM');
}

/** The permissions that the call needs. A route for any method is needed for the methods that are called. */
export function routeNeeds(facts: ReviewFacts, api: ApiFacts): readonly Need[] {
  const needs = calls(facts, api).map(({ route, method }) =>
    needOf(api, facts.stage, { method, path: route.path }),
  );
  return [...new Map(needs.map((need) => [need.resource, need])).values()];
}

/** The permissions that the call needs if API Gateway invokes functions with the caller's credentials. */
export function functionNeeds(facts: ReviewFacts, api: ApiFacts): readonly Need[] {
  const arns = calledRoutes(facts, api).flatMap(({ credentials, functionArn }) =>
    credentials !== undefined && !credentials.includes(':role/') ? (functionArn ?? []) : [],
  );
  return [...new Set(arns)].map((resource) => ({ action: 'lambda:InvokeFunction', resource }));
}

/** The routes that IAM authorizes and that the caller does not call. None if it is not known what it calls. */
export function spareRoutes(facts: ReviewFacts, api: ApiFacts): readonly RouteFacts[] {
  const called = new Set(calledRoutes(facts, api));
  return authorizedRoutes(api).filter((route) => !called.has(route));
}

/** How it is known that routes are not needed. The sentence goes on with who may call them. */
export function spareRoutesText({ asked }: ReviewFacts, spare: readonly RouteFacts[]): string {
  const names = spare.map(routeName).join(', ');
  return asked === undefined ? `No recorded call needs ${names}` : `The caller does not call ${names}`;
}

function calledRoutes(facts: ReviewFacts, api: ApiFacts): readonly RouteFacts[] {
  return [...new Set(calls(facts, api).map(({ route }) => route))];
}

/** What the caller calls: as the user says, or as recorded; otherwise all routes that IAM authorizes. */
function calls(
  facts: ReviewFacts,
  api: ApiFacts,
): readonly { readonly route: RouteFacts; readonly method: string }[] {
  const { asked, recorded, assumesRole, invokeRole, caller, stage } = facts;
  const authorized = authorizedRoutes(api);
  const role = assumesRole ? invokeRole : caller;
  const prefix = `${stageArn(api, stage)}/`;
  const seen = recorded.flatMap(({ action, resource, context }) => {
    if (action !== 'execute-api:Invoke' || context['aws:PrincipalArn'] !== role?.arn) return [];
    const [, method, path] = /^([^/]+)(\/.*)$/.exec(resource.slice(prefix.length)) ?? [];
    return resource.startsWith(prefix) && method !== undefined && path !== undefined
      ? [{ method, path }]
      : [];
  });
  const known = asked ?? (seen.length === 0 ? undefined : seen);
  if (known === undefined) return authorized.map((route) => ({ route, method: route.method }));
  return known.flatMap((each) => {
    const route = findRoute(each, authorized);
    return route === undefined ? [] : [{ route, method: each.method }];
  });
}
