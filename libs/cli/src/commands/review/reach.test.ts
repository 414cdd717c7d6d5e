import type { NamedPolicy } from '@cross-account-api/iam';
import type { RoleFacts } from '@cross-account-api/iam/explanation';
import fc from 'fast-check';
import { mayDo, neededOf } from './reach.ts';
import { allowStatementsOf, type StatementJson } from './statements.ts';

const policy = (...Statement: readonly StatementJson[]): NamedPolicy => ({
  name: 'policy',
  document: { Version: '2012-10-17', Statement },
});
const roleWith = (policies: readonly NamedPolicy[], boundary?: NamedPolicy): RoleFacts => ({
  ...{ arn: 'arn:aws:iam::111111111111:role/invoke', uniqueId: 'AROAEXAMPLE', tags: {} },
  ...{ policies, boundary, trust: policy() },
});
const can = (role: RoleFacts, need: { readonly action: string; readonly resource: string }) =>
  role.policies.flatMap(allowStatementsOf).some((placed) => mayDo(role, placed, need));

const API = 'arn:aws:execute-api:us-east-1:111111111111:abc';
const actions = fc.constantFrom('execute-api:Invoke', 's3:GetObject');
const resources = fc.constantFrom(`${API}/dev/GET/a`, `${API}/dev/POST/b`, 'arn:aws:s3:::bucket/key');
const needs = fc.record({ action: actions, resource: resources });
const conditions = fc.constantFrom(
  undefined,
  { Bool: { 'aws:SecureTransport': 'false' } },
  { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } },
  { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/caller' } },
  { StringNotEquals: { 'aws:PrincipalAccount': '222222222222' } },
);
const statements = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('*', 'execute-api:*', 'execute-api:Invoke', 's3:Get*'),
    Resource: fc.constantFrom('*', `${API}/*`, `${API}/dev/GET/*`, 'arn:aws:s3:::*'),
    Condition: conditions,
  })
  .map(({ Condition, ...rest }): StatementJson => ({ ...rest, ...(Condition && { Condition }) }));
const documents = fc.array(statements, { minLength: 1, maxLength: 4 });

test('A Deny without a condition ends whatever a role may do, and a Deny under a condition on the request ends nothing.', () => {
  fc.assert(
    fc.property(documents, needs, (given, need) => {
      const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
      const before = can(roleWith([policy(...given)]), need);
      expect(can(roleWith([policy(...given), policy(deny)]), need)).toBe(false);
      const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
      expect(can(roleWith([policy(...given), policy({ ...deny, Condition })]), need)).toBe(before);
    }),
  );
});

test('A role may do what both its policies and its boundary allow, and nothing else.', () => {
  fc.assert(
    fc.property(documents, documents, needs, (given, boundary, need) => {
      const [own, limit] = [roleWith([policy(...given)]), roleWith([policy(...boundary)])];
      expect(can({ ...own, boundary: policy(...boundary) }, need)).toBe(can(own, need) && can(limit, need));
    }),
  );
});

test.each([
  ['the whole need', `${API}/*`, `${API}/dev/*/a/*`, [`${API}/dev/*/a/*`]],
  ['a part of the need', `${API}/dev/GET/a/1`, `${API}/dev/*/a/*`, [`${API}/dev/GET/a/1`]],
  ['nothing of the need', `${API}/dev/GET/b`, `${API}/dev/*/a/*`, []],
])('Of a statement, %s is needed.', (_part, Resource, resource, needed) => {
  const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource };
  const found = neededOf(statement, [{ action: 'execute-api:Invoke', resource }]);
  expect(found.map((each) => each.resource)).toEqual(needed);
});
