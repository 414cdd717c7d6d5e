import type { AuthorizationRequest, Decision } from './decision/decision.ts';
import type { ApplicablePolicies } from './decision/policy-source.ts';
import { principalContext } from './decision/principal-context.ts';
import type { AssumedRole, IamUser, NamedPolicy, RootUser, ServicePrincipal } from './principal.ts';

/*
 * The accounts of the tests in this folder: account A (1111…) owns an API, account B (2222…) calls it.
 */

export const A = '111111111111';
export const B = '222222222222';

/** A session of a role: by default of role `invoke` in account A. */
export function session(overrides: Partial<AssumedRole> = {}): AssumedRole {
  const { accountId = A, roleName = 'invoke', sessionName = 'test' } = overrides;
  return {
    type: 'AssumedRole',
    accountId,
    roleName,
    sessionName,
    principalArn: `arn:aws:iam::${accountId}:role/${roleName}`,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    roleId: 'AROAEXAMPLEEXAMPLE222',
    userId: `AROAEXAMPLEEXAMPLE222:${sessionName}`,
    issuedAt: new Date('2026-01-01T00:00:00Z'),
    sessionPolicies: [],
    transitiveTagKeys: [],
    tags: {},
    ...overrides,
  };
}

export function user(accountId = A): IamUser {
  return {
    type: 'User',
    accountId,
    userName: 'alice',
    userId: 'AIDAEXAMPLEEXAMPLE222',
    principalArn: `arn:aws:iam::${accountId}:user/alice`,
    arn: `arn:aws:iam::${accountId}:user/alice`,
    tags: {},
  };
}

export function root(accountId = A): RootUser {
  const arn = `arn:aws:iam::${accountId}:root`;
  return { type: 'Root', accountId, principalArn: arn, arn, userId: accountId, tags: {} };
}

export const apiGateway: ServicePrincipal = { type: 'Service', service: 'apigateway.amazonaws.com' };

/** `${key}`, as policies write it. */
export const variable = (key: string) => `\${${key}}`;

export type RawStatement = Record<string, unknown>;

/** A policy of version 2012-10-17 with these statements. */
export function policy(name: string, ...statements: readonly RawStatement[]): NamedPolicy {
  return { name, document: { Version: '2012-10-17', Statement: statements } };
}

export const route = `arn:aws:execute-api:us-east-1:${A}:abc123/prod/GET/hello`;
export const invokeRoute: RawStatement = {
  Sid: 'Invoke',
  Effect: 'Allow',
  Action: 'execute-api:Invoke',
  Resource: route,
};
export const allowAll: RawStatement = { Effect: 'Allow', Action: '*', Resource: '*' };
export const denyInvoke: RawStatement = { Sid: 'No', Effect: 'Deny', Action: 'execute-api:*', Resource: '*' };
export const allowLogs: RawStatement = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };

/** May `principal` call the route of the API in account A? */
export function invoke(
  principal: AuthorizationRequest['principal'],
  overrides: Partial<AuthorizationRequest> = {},
): AuthorizationRequest {
  return {
    principal,
    action: 'execute-api:Invoke',
    resource: route,
    resourceAccountId: A,
    ...overrides,
    context: { ...principalContext(principal), ...overrides.context },
  };
}

/** May `principal` assume role `invoke` of account A, whose trust policy has these statements? */
export function assume(
  principal: AuthorizationRequest['principal'],
  trust: readonly RawStatement[],
  context: AuthorizationRequest['context'] = {},
): AuthorizationRequest {
  return {
    principal,
    action: 'sts:AssumeRole',
    resource: `arn:aws:iam::${A}:role/invoke`,
    resourceAccountId: A,
    resourcePolicy: policy('trust policy of role invoke', ...trust),
    context: { ...principalContext(principal), ...context },
  };
}

/** The policies that count, none unless given. */
export function policies(overrides: Partial<ApplicablePolicies> = {}): ApplicablePolicies {
  return { identity: [], ...overrides };
}

/** `allowed by a + b`, `denied by a`, or `lacks <kind>`. */
export function summarize(decision: Decision): string {
  if (!decision.allowed && decision.denial === 'implicit') return `lacks ${decision.missing}`;
  const statements = decision.decidedBy.map(({ policy, statement }) => `${policy} ${statement}`);
  return `${decision.allowed ? 'allowed' : 'denied'} by ${statements.join(' + ')}`;
}

/**
 * Formats a decision as a line, as in the tables of tests:
 * - `allowed: identity-based policy Read + resource-based policy Partner`
 * - `denied: identity-based policy NoWrite`
 * - `missing: identity-based policy`, with the nearest statement: `missing: identity-based policy (Read: Resource)`
 */
export function decisionLine(decision: Decision | undefined, { nearest = true } = {}): string {
  if (decision === undefined) return 'none';
  if (decision.allowed || decision.denial === 'explicit') {
    const by = decision.decidedBy.map(({ kind, statement }) => `${kind} ${statement}`);
    return `${decision.allowed ? 'allowed' : 'denied'}: ${by.join(' + ')}`;
  }
  const near = nearest ? decision.nearest : undefined;
  const elements = near?.mismatches.map(({ element }) => element).join(', ');
  return `missing: ${decision.missing}${near === undefined ? '' : ` (${near.statement}: ${elements})`}`;
}

export const identity = (...statements: RawStatement[]) => ({
  identity: [policy('identity', ...statements)],
});
export const boundary = (...statements: RawStatement[]) => ({ boundary: policy('boundary', ...statements) });
export const scp = (...statements: RawStatement[]) => [policy('scp', ...statements)];
export const limited = (...statements: RawStatement[]) =>
  session({ sessionPolicies: [policy('session', ...statements)] });
export const resource = (principal: unknown, more: RawStatement = {}) => ({
  resourcePolicy: policy('resource', { ...invokeRoute, Principal: principal, ...more }),
});
export const arn = (text: string) => ({ AWS: text });
export const roleArn = `arn:aws:iam::${A}:role/invoke`;
export const sessionArn = `arn:aws:sts::${A}:assumed-role/invoke/test`;
export const rootArn = (account: string) => `arn:aws:iam::${account}:root`;
export const caller = session({ accountId: B, roleName: 'caller' });
export const callerArn = `arn:aws:iam::${B}:role/caller`;
export const trust = (principal: unknown, more: RawStatement = {}): RawStatement => ({
  Sid: 'Trust',
  Effect: 'Allow',
  Principal: principal,
  Action: 'sts:AssumeRole',
  ...more,
});
export const mayAssume = { Sid: 'Assume', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn };
export const external = { Condition: { StringEquals: { 'sts:ExternalId': 'a' } } };

/** A situation in a test's table: the question, the deployed policies, and the result. */
export type Situation = readonly [
  situation: string,
  question: AuthorizationRequest,
  policies: Partial<ApplicablePolicies>,
  result: string,
];
