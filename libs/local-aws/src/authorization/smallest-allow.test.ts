import type { NamedPolicy } from '../core/principal.ts';
import { decide } from './authorizer.ts';
import type { AuthorizationQuestion, Decision } from './decision.ts';
import {
  A,
  allowAll,
  allowLogs,
  apiGateway,
  arn,
  assume,
  B,
  boundary,
  caller,
  denyInvoke,
  external,
  identity,
  invoke,
  invokeRoute,
  limited,
  mayAssume,
  policies,
  type RawStatement,
  resource,
  roleArn,
  rootArn,
  route,
  type Situation,
  scp,
  session,
  trust,
} from './fixtures.ts';
import { loadPolicy } from './policy-language.ts';
import type { ApplicablePolicies } from './policy-source.ts';
import { type PolicyFragment, smallestAllow } from './smallest-allow.ts';

/** The policies with a fragment put where it says. */
function apply(
  fragment: PolicyFragment,
  question: AuthorizationQuestion,
  given: ApplicablePolicies,
): [AuthorizationQuestion, ApplicablePolicies] {
  const change = (existing: NamedPolicy | undefined): NamedPolicy => {
    const statements: { label?: string; source: unknown }[] =
      existing === undefined ? [] : [...loadPolicy(existing.document).statements];
    const changed =
      fragment.change === 'add'
        ? [...statements.map(({ source }) => source), fragment.statement]
        : statements.map(({ label, source }) =>
            label === fragment.replaces?.statement ? fragment.statement : source,
          );
    return { name: existing?.name ?? 'new', document: { Version: '2012-10-17', Statement: changed } };
  };
  switch (fragment.kind) {
    case 'identity-based policy':
      return [question, { ...given, identity: [change(given.identity[0])] }];
    case 'permissions boundary':
      return [question, { ...given, boundary: change(given.boundary) }];
    case 'service control policy':
      return [question, { ...given, serviceControl: [[change(given.serviceControl[0]?.[0])]] }];
    case 'resource-based policy':
    case 'role trust policy':
      return [{ ...question, resourcePolicy: change(question.resourcePolicy) }, given];
    case 'session policy': {
      if (question.principal.type !== 'AssumedRole') throw new Error('no session');
      const principal = {
        ...question.principal,
        sessionPolicies: [change(question.principal.sessionPolicies[0])],
      };
      return [{ ...question, principal }, given];
    }
  }
}

const condition = (operator: string, key: string, value: unknown): RawStatement => ({
  Condition: { [operator]: { [key]: value } },
});

const denied: Situation[] = [
  ['nothing allows', invoke(session()), {}, `add to a policy of ${roleArn}`],
  [
    'another action is allowed',
    invoke(session()),
    identity({ ...invokeRoute, Action: 'execute-api:ManageConnections' }),
    'replace statement Invoke of identity',
  ],
  [
    'another route is allowed',
    invoke(session()),
    identity({ ...invokeRoute, Resource: `${route}2` }),
    'replace statement Invoke of identity',
  ],
  [
    'a condition does not hold',
    invoke(session(), { context: { 'aws:SourceIp': '10.0.0.1' } }),
    identity({ ...invokeRoute, ...condition('IpAddress', 'aws:SourceIp', '10.1.0.0/16') }),
    'replace statement Invoke of identity',
  ],
  [
    "a condition's key is absent",
    invoke(session()),
    identity({ ...invokeRoute, ...condition('Bool', 'aws:SecureTransport', true) }),
    `add to a policy of ${roleArn}`,
  ],
  [
    'a condition that excludes this value',
    invoke(session(), { context: { 'aws:UserAgent': 'curl' } }),
    identity({ ...invokeRoute, ...condition('StringNotEquals', 'aws:UserAgent', 'curl') }),
    `add to a policy of ${roleArn}`,
  ],
  [
    'a number that is too great',
    invoke(session(), { context: { 'aws:EpochTime': '20' } }),
    identity({ ...invokeRoute, ...condition('NumericLessThan', 'aws:EpochTime', '10') }),
    `add to a policy of ${roleArn}`,
  ],
  [
    'an external ID differs',
    assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'b' }),
    identity(mayAssume),
    'replace statement Trust of trust policy of role invoke',
  ],
  [
    'a trust policy names another',
    assume(caller, [trust(arn(A))]),
    identity(mayAssume),
    'replace statement Trust of trust policy of role invoke',
  ],
  [
    'a trusted caller may not assume',
    assume(caller, [trust(arn(B))]),
    identity(allowLogs),
    `add to a policy of arn:aws:iam::${B}:role/caller`,
  ],
  [
    "another account's API",
    invoke(caller),
    identity(allowAll),
    `add to the resource-based policy of ${route}`,
  ],
  [
    'a boundary',
    invoke(session()),
    { ...identity(allowAll), ...boundary(allowLogs) },
    `add to the permissions boundary of ${roleArn} (boundary)`,
  ],
  [
    'a session policy',
    invoke(limited(allowLogs)),
    identity(allowAll),
    'add to the session policy that is given to AssumeRole for arn:aws:sts::111111111111:assumed-role/invoke/test',
  ],
  [
    'a service control policy',
    invoke(session()),
    { ...identity(allowAll), serviceControl: [scp(allowLogs)] },
    'add to scp',
  ],
  ['a deny', invoke(session()), identity(allowAll, denyInvoke), 'replace statement No of identity'],
  [
    'a deny with a condition',
    invoke(session()),
    identity(allowAll, { ...denyInvoke, ...condition('ArnNotEquals', 'aws:PrincipalArn', rootArn(A)) }),
    'replace statement No of identity',
  ],
  [
    "a deny in the resource's policy",
    invoke(session(), resource('*', { Effect: 'Deny' })),
    identity(allowAll),
    'replace statement Invoke of resource',
  ],
  [
    'a service without permission',
    {
      ...invoke(apiGateway),
      action: 'lambda:InvokeFunction',
      resource: `arn:aws:lambda:us-east-1:${A}:function:api`,
    },
    {},
    `add to the resource-based policy of arn:aws:lambda:us-east-1:${A}:function:api`,
  ],
];

test.each(denied)('%s: the fragment makes it allowed', (_, question, some, place) => {
  const given = policies(some);
  const decision = decide(question, given);
  expect(decision.allowed).toBe(false);
  // As it is read from a trace.
  const fragment = smallestAllow(JSON.parse(JSON.stringify(decision)) as Decision);
  if (fragment === undefined) throw new Error('no fragment');
  const { change, where } = fragment;
  expect(change === 'add' ? `add to ${where}` : `replace ${where}`).toBe(place);
  expect(decide(...apply(fragment, question, given)).allowed).toBe(true);
});

test('where the request is at fault as likely as the policy, that is said too', () => {
  const asked = assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'b' });
  expect(smallestAllow(decide(asked, policies(identity(mayAssume))))?.instead).toBe(
    'make the request with another sts:ExternalId: the statement wants a',
  );
});

test('an allowed request needs nothing', () => {
  expect(smallestAllow(decide(invoke(session()), policies(identity(invokeRoute))))).toBeUndefined();
});
