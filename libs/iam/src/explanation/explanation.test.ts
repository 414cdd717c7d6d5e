import {
  A,
  allowAll,
  allowLogs,
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
  resource,
  route,
  scp,
  session,
  trust,
} from '../authorization.testing.ts';
import { decide } from '../decision/authorizer.ts';
import type { Decision } from '../decision/decision.ts';
import { denialReason, describeMismatch, describeStatement, verdictOf } from './explanation.ts';

const denyAssume = { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' };

function reason(decision: Decision): string {
  if (decision.allowed) throw new Error('allowed');
  return denialReason(decision);
}

test.each<[string, Decision]>([
  [
    'because no identity-based policy allows the execute-api:Invoke action',
    decide(invoke(session()), policies()),
  ],
  [
    'because no resource-based policy allows the execute-api:Invoke action',
    decide(invoke(caller), policies(identity(allowAll))),
  ],
  [
    'because no permissions boundary allows the execute-api:Invoke action',
    decide(invoke(session()), policies({ ...identity(allowAll), ...boundary(allowLogs) })),
  ],
  [
    'because no session policy allows the execute-api:Invoke action',
    decide(invoke(limited(allowLogs)), policies(identity(allowAll))),
  ],
  [
    'because no service control policy allows the execute-api:Invoke action',
    decide(invoke(session()), policies({ ...identity(allowAll), serviceControl: [scp(allowLogs)] })),
  ],
  [
    'because no role trust policy allows the sts:AssumeRole action',
    decide(assume(caller, [trust(arn(A))]), policies(identity(mayAssume))),
  ],
  [
    'with an explicit deny in an identity-based policy',
    decide(invoke(session()), policies(identity(denyInvoke))),
  ],
  [
    'with an explicit deny in a resource-based policy',
    decide(invoke(session(), resource('*', { Effect: 'Deny' })), policies()),
  ],
  [
    'with an explicit deny in a permissions boundary',
    decide(invoke(session()), policies(boundary(denyInvoke))),
  ],
  ['with an explicit deny in a session policy', decide(invoke(limited(denyInvoke)), policies())],
  [
    'with an explicit deny in a service control policy',
    decide(invoke(session()), policies({ serviceControl: [scp(denyInvoke)] })),
  ],
  [
    'with an explicit deny in a resource control policy',
    decide(assume(caller, [trust(arn(B))]), policies({ resourceControl: scp(denyAssume) })),
  ],
  [
    'with an explicit deny in the role trust policy',
    decide(assume(caller, [trust('*', { Effect: 'Deny' })]), policies()),
  ],
])('a denial ends with "%s"', (expected, decision) => {
  expect(reason(decision)).toBe(expected);
});

describe('the ARN of the policy that denies', () => {
  const arn = 'arn:aws:iam::aws:policy/Deny';
  const managed = [{ name: arn, document: { Version: '2012-10-17', Statement: denyInvoke } }];
  const ofOrganization = {
    name: 'Deny',
    arn: 'arn:aws:organizations::1:policy/o-1/service_control_policy/p-1',
    document: { Version: '2012-10-17', Statement: denyInvoke },
  };

  test.each<[string, ReturnType<typeof policies>, string]>([
    ['identity-based policy', policies({ identity: managed }), arn],
    ['permissions boundary', policies({ boundary: managed[0] }), arn],
    ['service control policy', policies({ serviceControl: [[ofOrganization]] }), ofOrganization.arn],
  ])('ends the message about a %s within an account', (kind, applicable, named) => {
    expect(reason(decide(invoke(session()), applicable))).toMatch(
      new RegExp(`^with an explicit deny in an? ${kind}: ${named}$`),
    );
  });

  test.each([
    ['of one organization', { 'aws:PrincipalOrgID': 'o-1', 'aws:ResourceOrgID': 'o-1' }, `: ${arn}`],
    ['of two organizations', { 'aws:PrincipalOrgID': 'o-1', 'aws:ResourceOrgID': 'o-2' }, ''],
    ['without an organization', {}, ''],
    ['of which only the own is in an organization', { 'aws:ResourceOrgID': 'o-1' }, ''],
    ['of which only the other is in an organization', { 'aws:PrincipalOrgID': 'o-1' }, ''],
  ])('ends the message between accounts of one organization only: accounts %s', (_accounts, context, end) => {
    const decision = decide({ ...invoke(caller), context }, policies({ identity: managed }));
    expect(reason(decision)).toBe(`with an explicit deny in an identity-based policy${end}`);
  });
});

test.each([
  ['allowed', decide(invoke(session()), policies(identity(invokeRoute)))],
  ['a policy denies it', decide(invoke(session()), policies(identity(allowAll, denyInvoke)))],
  ['no identity-based policy allows it', decide(invoke(session()), policies())],
])('a short description of a decision is "%s"', (verdict, decision) => {
  expect(verdictOf(decision)).toBe(verdict);
});

test('the nearest statement is described with the elements that differ', () => {
  const asked = assume(caller, [trust(arn(B), external)], { 'sts:ExternalId': 'b' });
  const decision = decide(asked, policies(identity(mayAssume)));
  expect(verdictOf(decision)).toBe('no role trust policy allows it');
  expect(nearestLines(decision)).toEqual([
    'statement Trust of trust policy of role invoke (role trust policy)',
    'condition StringEquals sts:ExternalId: expected "a", got "b"',
  ]);
});

test('a mismatch shows a negated condition and an absent key', () => {
  const condition = {
    StringNotEquals: { 'aws:PrincipalAccount': A },
    Bool: { 'aws:SecureTransport': true },
  };
  const decision = decide(invoke(session()), policies(identity({ ...invokeRoute, Condition: condition })));
  expect(nearestLines(decision).slice(1)).toEqual([
    `condition StringNotEquals aws:PrincipalAccount: expected other than "${A}", got "${A}"`,
    'condition Bool aws:SecureTransport: expected "true", it is absent',
  ]);
});

test('statements with the same Sid are told apart by their positions', () => {
  const other = { ...invokeRoute, Resource: `${route}2` };
  const statements = [
    { ...other, Sid: 'X' },
    { ...denyInvoke, Sid: 'X', Resource: '*' },
    { ...other, Sid: 'Y' },
  ];
  const decision = decide(invoke(session()), policies(identity(...statements)));
  expect(decision.consulted[0]?.statements.map(({ statement }) => statement)).toEqual([
    'X (#1)',
    'X (#2)',
    'Y',
  ]);
  expect(decision).toMatchObject({ decidedBy: [{ statement: 'X (#2)' }] });
});

const variable = (key: string) => `$\{${key}}`;
const ownAccount = variable('aws:PrincipalAccount');
const notReplaced = `(${ownAccount} is not replaced: a policy has variables only with the Version 2012-10-17, and a Resource only in the last part of its ARN)`;
const elsewhere = route.replace(A, ownAccount);

test.each<[string, object, string, string]>([
  [
    'that has no value',
    {},
    `${route}/${variable('aws:username')}`,
    `"ARN/${variable('aws:username')}", got "ARN" (${variable('aws:username')} has no value in the request)`,
  ],
  ['that has a value', {}, `${route}/${ownAccount}`, `"ARN/${A}", got "ARN"`],
  [
    'in a document whose version has no variables',
    { Version: '2008-10-17' },
    `${route}/${ownAccount}`,
    `"ARN/${ownAccount}", got "ARN" ${notReplaced}`,
  ],
  ['in the account of an ARN', {}, elsewhere, `"${elsewhere}", got "ARN" ${notReplaced}`],
])('a mismatch says why a variable is not replaced: one %s', (_what, version, Resource, expected) => {
  const named = identity({ ...invokeRoute, Resource }).identity.map(({ name, document }) => ({
    name,
    document: { ...document, ...version },
  }));
  const lines = nearestLines(decide(invoke(session()), policies({ identity: named }))).slice(1);
  expect(lines.map((line) => line.replaceAll(route, 'ARN'))).toEqual([`Resource: expected ${expected}`]);
});

function nearestLines(decision: Decision): string[] {
  if (decision.allowed || decision.denial === 'explicit' || decision.nearest === undefined) return [];
  return [describeStatement(decision.nearest), ...decision.nearest.mismatches.map(describeMismatch)];
}
