import fc from 'fast-check';
import { countSteps } from '../../count-steps.testing.ts';
import { decide } from '../../decision/authorizer.ts';
import type { NamedPolicy } from '../../principal.ts';
import { sessionOf } from './principals.ts';
import { ReachIndex, type ReachSource } from './reach.ts';

const A = '111111111111';
const B = '222222222222';
const roleArn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;

const policy = (...Statement: readonly object[]): NamedPolicy => ({
  name: 'p',
  document: { Version: '2012-10-17', Statement },
});

const foundBy = (index: ReachIndex, source: ReachSource) =>
  [...index.candidates(source)].filter((each) => each !== undefined);

const account = fc.constantFrom(A, B);
const name = fc.constantFrom('a', 'ab', 'b', 'team/a', 'team/b');
const arn = fc.tuple(account, name).map(([accountId, path]) => roleArn(accountId, path));
const pattern = fc.oneof(
  arn,
  fc.constantFrom(
    '*',
    'arn:aws:iam::*:role/a',
    'arn:aws:iam::*:role/a*',
    'arn:aws:iam::*:role/*b',
    'arn:aws:iam',
  ),
  account.map((accountId) => `arn:aws:iam::${accountId}:role/\${aws:PrincipalAccount}`),
  account.map((accountId) => `arn:aws:iam::${accountId}:role/t?am/*`),
);
const action = fc.constantFrom('sts:AssumeRole', 'sts:*', '*', 'STS:assume*', 'iam:GetRole');
const actions = fc.oneof(
  action.map((Action) => ({ Action })),
  action.map((NotAction) => ({ NotAction })),
);
const resources = fc.oneof(
  pattern.map((Resource) => ({ Resource })),
  pattern.map((NotResource) => ({ NotResource })),
);
const effect = fc.constantFrom('Allow', 'Allow', 'Deny').map((Effect) => ({ Effect }));
const identity = fc
  .array(
    fc.tuple(effect, actions, resources).map((parts) => Object.assign({}, ...parts) as object),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((statements) => policy(...statements));
const named = fc.oneof(
  fc.constant('*'),
  account,
  account.map((id) => `arn:aws:iam::${id}:root`),
  arn,
  account.map((id) => `arn:aws:sts::${id}:assumed-role/a/session`),
  fc.constantFrom('AROAa', 'AROAb'),
);
const principals = fc.oneof(
  named.map((AWS) => ({ Principal: { AWS } })),
  fc.constant({ Principal: { Service: 'lambda.amazonaws.com' } }),
  named.filter((one) => one !== '*').map((AWS) => ({ NotPrincipal: { AWS } })),
);
const trust = fc
  .array(
    fc.tuple(effect, actions, principals).map((parts) => Object.assign({}, ...parts) as object),
    {
      minLength: 1,
      maxLength: 2,
    },
  )
  .map((statements) => policy(...statements));

const holder = fc.record({
  accountId: account,
  path: name,
  policies: fc.array(identity, { maxLength: 2 }),
  trust,
});

test('each pair that a decision allows is found, for roles that must trust and for resources that need not', () => {
  fc.assert(
    fc.property(fc.array(holder, { minLength: 2, maxLength: 6 }), fc.boolean(), (holders, demandsPolicy) => {
      const roles = holders.map((one) => ({ ...one, arn: roleArn(one.accountId, one.path) }));
      const targets = roles.map((one) => ({ id: one.arn, accountId: one.accountId, policy: one.trust }));
      // A function stands in for a role where a policy of the resource is not demanded.
      const use = demandsPolicy ? 'sts:AssumeRole' : 'sts:AssumeRoot';
      const index = new ReachIndex([use], targets, { demandsPolicy });
      for (const { arn: from, accountId, path, policies } of roles) {
        const uniqueId = `AROA${path}`;
        const source: ReachSource = { arn: from, accountId, uniqueId, policies };
        const found = new Set(foundBy(index, source));
        expect(index.candidates(source).size).toBeGreaterThanOrEqual(found.size);
        const role = { arn: from, uniqueId, policies, tags: {}, trust: policy() };
        const principal = sessionOf(role, 'session', {
          context: {},
          sessionPolicies: [],
          now: new Date(0),
        });
        for (const target of targets) {
          const decision = decide(
            {
              principal,
              action: use,
              resource: target.id,
              resourceAccountId: target.accountId,
              context: { 'aws:PrincipalAccount': accountId },
              resourcePolicy: target.policy,
            },
            { identity: policies },
          );
          if (decision.allowed) expect(found).toContain(target.id);
        }
      }
    }),
  );
});

test('a role that is named by a wildcard for its path is found, and one of another service is not', () => {
  const target = { id: roleArn(A, 'team/a'), accountId: A, policy: policy() };
  const index = new ReachIndex(['execute-api:Invoke'], [{ ...target, policy: undefined }]);
  const source = { arn: roleArn(A, 'x'), accountId: A, uniqueId: 'AROAX' };
  const found = (Action: string, Resource: string) => [
    ...foundBy(index, { ...source, policies: [policy({ Effect: 'Allow', Action, Resource })] }),
  ];
  expect(found('execute-api:*', roleArn(A, 'team/*'))).toEqual([target.id]);
  expect(found('sts:*', roleArn(A, 'team/*'))).toEqual([]);
  expect(found('execute-api:*', roleArn(A, 'other/*'))).toEqual([]);
});

test('a search among many resources takes no more steps than one among few', async () => {
  const search = (count: number) => {
    const targets = Array.from({ length: count }, (_, index) => ({
      id: roleArn(A, `role${index}`),
      accountId: A,
      policy: policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: A } }),
    }));
    const index = new ReachIndex(['sts:AssumeRole'], targets, { demandsPolicy: true });
    const statements = ['role7', 'role8*'].map((own) => ({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: roleArn(A, own),
    }));
    const source = {
      arn: roleArn(A, 'x'),
      accountId: A,
      uniqueId: 'AROAX',
      policies: [policy(...statements)],
    };
    return countSteps(() => foundBy(index, source));
  };
  const few = await search(10);
  const many = await search(10 * 2 ** 10);
  expect(few.result).toEqual([roleArn(A, 'role7'), roleArn(A, 'role8')]);
  expect(many.result.length).toBeGreaterThan(100);
  // Halving takes a step more for twice as many.
  expect(many.steps / many.result.length).toBeLessThan(few.steps);
});
