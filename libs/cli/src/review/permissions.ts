import { type ApiFacts, invokeArn, parseArn, type RoleFacts } from '@cross-account-api/iam';
import { findRoute, type MethodAndPath } from '../chain/find-route.ts';
import type { ReviewFacts } from './facts.ts';
import { type Finding, type FindingCode, type Severity, statementFinding } from './finding.ts';
import { replayIdentity } from './replay.ts';
import {
  allowStatementsOf,
  covers,
  type PlacedStatement,
  type Statement,
  valuesOf,
  withStatements,
} from './statements.ts';

const LEAST_PRIVILEGE =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html';
const GRANT_LEAST =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege';

/** An action on a resource that the call needs. */
interface Need {
  readonly action: string;
  readonly resource: string;
}

/** Reviews what the role that calls may do beyond the call, and which roles the caller may assume. */
export function reviewPermissions(facts: ReviewFacts): readonly Finding[] {
  const { assumesRole, invokeRole, callerRole, api } = facts;
  const findings: Finding[] = [];
  if (assumesRole && invokeRole !== undefined && api !== undefined) {
    findings.push(...reviewInvokeRole(facts, invokeRole, api));
  }
  if (callerRole === undefined) return findings;
  if (assumesRole && invokeRole !== undefined) {
    const needs = [{ action: 'sts:AssumeRole', resource: invokeRole.arn }];
    const { partition, accountId } = parseArn(invokeRole.arn);
    const foreign = { action: 'sts:AssumeRole', resource: `arn:${partition}:iam::${accountId}:role/another` };
    findings.push(
      ...reviewCaller(facts, callerRole, needs, [foreign], `assume every role that trusts ${callerRole.arn}`),
    );
  }
  if (!assumesRole && api !== undefined) {
    const [foreign] = foreignOf(facts, api);
    const consequence = 'call every API that admits it';
    findings.push(
      ...reviewCaller(facts, callerRole, routeNeeds(facts, api), foreign ? [foreign] : [], consequence),
    );
  }
  return findings;
}

function reviewInvokeRole(facts: ReviewFacts, role: RoleFacts, api: ApiFacts): readonly Finding[] {
  const needs = [...routeNeeds(facts, api), ...functionNeeds(facts, api)];
  const foreign = foreignOf(facts, api);
  const spare = spareRoutes(facts, api);
  return role.policies.flatMap(allowStatementsOf).flatMap((placed) => {
    const { statement } = placed;
    const kept = needs.filter(({ action, resource }) => covers(statement, action, resource));
    const make = (code: FindingCode, severity: Severity, message: string) =>
      replacement(facts, role, placed, kept, { code, severity, message });
    if (kept.length === 0) {
      const message = `The call needs nothing of this. Whoever assumes the role, in another account, may do it.`;
      return [make('unneeded-permissions', 'medium', message)];
    }
    const reached = foreign.filter(({ action, resource }) => covers(statement, action, resource));
    if (reached.length > 0) {
      const what = reached.map(({ action }) =>
        action === 'execute-api:Invoke'
          ? `call every API of account ${api.accountId}`
          : 'invoke every function of it',
      );
      const message = `Whoever assumes the role, in another account, may ${what.join(' and ')}, not only what is behind this API.`;
      return [make('permissions-on-everything', 'high', message)];
    }
    const needed = new Set(needs.map(({ action }) => action.toLowerCase()));
    const extra = valuesOf(statement.Action).filter((action) => !needed.has(action.toLowerCase()));
    if (extra.length > 0 || statement.Action === undefined) {
      const message = `The call does not need ${extra.join(', ') || 'all of these actions'}.`;
      return [make('unneeded-permissions', 'medium', message)];
    }
    const routes = spare.filter((route) => covers(statement, 'execute-api:Invoke', arnOf(facts, api, route)));
    if (routes.length === 0) return [];
    const names = routes.map(({ method, path }) => `${method} ${path}`).join(', ');
    const unneeded =
      facts.asked === undefined ? `No recorded call needs ${names}` : `The caller does not call ${names}`;
    return [make('unneeded-routes', 'low', `${unneeded}, and the role may.`)];
  });
}

function reviewCaller(
  facts: ReviewFacts,
  role: RoleFacts,
  needs: readonly Need[],
  foreign: readonly Need[],
  consequence: string,
): readonly Finding[] {
  return role.policies.flatMap(allowStatementsOf).flatMap((placed) => {
    const isWide = foreign.some(({ action, resource }) => covers(placed.statement, action, resource));
    const kept = needs.filter(({ action, resource }) => covers(placed.statement, action, resource));
    if (!isWide) return [];
    const message = `${facts.callerName} may ${consequence}, not only what it calls here.`;
    return [
      replacement(facts, role, placed, kept, {
        code: 'permissions-on-everything',
        severity: 'medium',
        message,
      }),
    ];
  });
}

/** A finding whose change keeps only what the call needs. */
function replacement(
  { recorded }: ReviewFacts,
  role: RoleFacts,
  placed: PlacedStatement,
  kept: readonly Need[],
  about: Pick<Finding, 'code' | 'severity' | 'message'>,
): Finding {
  const statements = statementsFor(kept, placed.statement);
  const next = withStatements(placed, statements);
  const policies = role.policies.flatMap((policy) => (policy === placed.policy ? next : [policy]));
  const isManaged = placed.policy.name.startsWith('arn:');
  const remove = isManaged
    ? `Detach ${placed.policy.name}, if nobody else needs it.`
    : 'Remove the statement.';
  const replace = isManaged
    ? 'Detach the managed policy, and give the role an inline policy with this statement.'
    : 'Replace the statement.';
  return statementFinding(placed, {
    ...about,
    accountId: parseArn(role.arn).accountId,
    change: { text: statements.length === 0 ? remove : replace, statements },
    proof: replayIdentity(recorded, role, policies),
    documentation: about.code === 'unneeded-permissions' ? GRANT_LEAST : LEAST_PRIVILEGE,
  });
}

/** One statement for each action, with the `Sid` and the conditions of the present one. */
function statementsFor(needs: readonly Need[], { Sid, Condition }: Statement): readonly Statement[] {
  return [...Map.groupBy(needs, ({ action }) => action)].map(([Action, group], index) => ({
    ...(typeof Sid === 'string' && { Sid: index === 0 ? Sid : `${Sid}${index + 1}` }),
    Effect: 'Allow',
    Action,
    Resource: group.length === 1 ? group[0]?.resource : group.map(({ resource }) => resource),
    ...(Condition !== undefined && { Condition }),
  }));
}

/** The routes that the caller calls: as the user says, or as recorded; otherwise all that IAM authorizes. */
function calledRoutes(facts: ReviewFacts, api: ApiFacts): readonly MethodAndPath[] {
  const { asked, recorded } = facts;
  const authorized = api.routes.filter(({ authorizationType }) => authorizationType === 'AWS_IAM');
  const role = facts.assumesRole ? facts.invokeRole : facts.callerRole;
  const prefix = `${stageArn(facts, api)}/`;
  const seen = recorded.flatMap(({ action, resource, context }) => {
    if (action !== 'execute-api:Invoke' || context['aws:PrincipalArn'] !== role?.arn) return [];
    const [, method, path] = /^([^/]+)(\/.*)$/.exec(resource.slice(prefix.length)) ?? [];
    return resource.startsWith(prefix) && method !== undefined && path !== undefined
      ? [{ method, path }]
      : [];
  });
  const known = asked ?? (seen.length === 0 ? undefined : seen);
  if (known === undefined) return authorized;
  const routes = known.flatMap((each) => findRoute(each, authorized) ?? []);
  return [...new Set(routes)];
}

function routeNeeds(facts: ReviewFacts, api: ApiFacts): readonly Need[] {
  return calledRoutes(facts, api).map((route) => ({
    action: 'execute-api:Invoke',
    resource: arnOf(facts, api, route),
  }));
}

/** The functions that API Gateway invokes with the caller's credentials. */
function functionNeeds(facts: ReviewFacts, api: ApiFacts): readonly Need[] {
  const called = new Set(calledRoutes(facts, api));
  const arns = api.routes.flatMap((route) => {
    const asCaller = route.credentials !== undefined && !route.credentials.includes(':role/');
    return asCaller && called.has(route) ? (route.functionArn ?? []) : [];
  });
  return [...new Set(arns)].map((resource) => ({ action: 'lambda:InvokeFunction', resource }));
}

/** The routes that IAM authorizes and that the caller does not call. None if it is not known what it calls. */
function spareRoutes(facts: ReviewFacts, api: ApiFacts): readonly MethodAndPath[] {
  const called = new Set(calledRoutes(facts, api));
  return api.routes.filter((route) => route.authorizationType === 'AWS_IAM' && !called.has(route));
}

/** Actions on an API and on a function that nobody has. */
function foreignOf(facts: ReviewFacts, api: ApiFacts): readonly Need[] {
  const { partition } = parseArn((facts.invokeRole ?? facts.callerRole)?.arn ?? 'arn:aws:');
  const place = `${api.region}:${api.accountId}`;
  return [
    {
      action: 'execute-api:Invoke',
      resource: `arn:${partition}:execute-api:${place}:another/${facts.stage}/GET/`,
    },
    { action: 'lambda:InvokeFunction', resource: `arn:${partition}:lambda:${place}:function:another` },
  ];
}

function arnOf(facts: ReviewFacts, api: ApiFacts, route: MethodAndPath): string {
  return invokeArn(stageArn(facts, api), route);
}

function stageArn({ invokeRole, callerRole, stage }: ReviewFacts, api: ApiFacts): string {
  const { partition } = parseArn((invokeRole ?? callerRole)?.arn ?? 'arn:aws:');
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/${stage}`;
}
