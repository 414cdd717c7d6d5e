import fc from 'fast-check';
import {
  allowAll,
  identity,
  invoke,
  invokeRoute,
  policies,
  policy,
  session,
} from '../authorization.testing.ts';
import type { PolicyDocument } from '../principal.ts';
import { createAuthorizer, decide } from './authorizer.ts';

/** Whether a document, as an identity policy, allows what its valid form would. `false` if the document is refused. */
function allows(document: unknown): boolean {
  const given = policies({ identity: [{ name: 'garbled', document: document as PolicyDocument }] });
  try {
    return decide(invoke(session()), given).allowed;
  } catch {
    return false;
  }
}

test('a valid policy allows', () => {
  expect(allows(policy('', invokeRoute).document)).toBe(true);
});

test('no JSON value allows as a policy or as a statement', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(allows(value)).toBe(false);
      expect(allows({ Version: '2012-10-17', Statement: value })).toBe(false);
    }),
  );
});

test('no garbled element of a statement allows', () => {
  const elements = fc.constantFrom('Effect', 'Action', 'Resource', 'Sid', 'Extra');
  const garbage = fc.jsonValue().filter((value) => typeof value !== 'string' || !value.includes('*'));
  fc.assert(
    fc.property(elements, garbage, (element, value) => {
      fc.pre(element !== 'Sid' || typeof value !== 'string');
      expect(allows({ Version: '2012-10-17', Statement: { ...invokeRoute, [element]: value } })).toBe(false);
    }),
  );
});

test('no garbled condition allows', () => {
  const operators = fc.constantFrom(
    'StringEquals',
    'NumericNotEquals',
    'DateNotEquals',
    'NotIpAddress',
    'Bool',
    'Null',
  );
  fc.assert(
    fc.property(operators, fc.jsonValue(), (operator, value) => {
      fc.pre(!(typeof value === 'object' && value !== null && !Array.isArray(value)));
      expect(
        allows({ Version: '2012-10-17', Statement: { ...invokeRoute, Condition: { [operator]: value } } }),
      ).toBe(false);
    }),
  );
});

test.each([
  ['a pattern that is not an action', { Action: 'e*' }],
  ['a regular expression as action', { Action: 'execute-api:.*' }],
  ['a regular expression as resource', { Resource: '.*' }],
  ['a resource that starts a character class', { Resource: 'arn:aws:execute-api:[:x:y' }],
  ['a number that is compared with a word', { Condition: { NumericNotEquals: { 'aws:EpochTime': 'soon' } } }],
  ['an operator that does not exist', { Condition: { StringMaybe: { 'aws:userid': 'x' } } }],
  ['an element with the name __proto__', JSON.parse('{"__proto__": {"Effect": "Allow"}}') as object],
])('%s does not allow', (_, more) => {
  const statement: Record<string, unknown> = { ...invokeRoute };
  for (const [key, value] of Object.entries(more))
    Object.defineProperty(statement, key, { value, enumerable: true });
  expect(allows({ Version: '2012-10-17', Statement: statement })).toBe(false);
});

test('an error names a policy that cannot be read, even if another policy allows', async () => {
  const garbled = {
    name: 'inline policy X of role invoke',
    document: { Version: '2012-10-17', Statement: [{ ...allowAll, Effect: 'allow' }] },
  };
  const authorizer = createAuthorizer({
    identityPolicies: () => [...identity(allowAll).identity, garbled],
    permissionsBoundary: () => undefined,
    organizationOf: () => undefined,
  });
  await expect(authorizer.decide(invoke(session()))).rejects.toThrow(
    'The identity-based policy "inline policy X of role invoke" cannot be read, so nothing is decided on it: statement #1: Effect must be "Allow" or "Deny". Replace the policy.',
  );
});

test.each(['Invoke', 'execute-api:', 'execute-api:In*', 'a:b:c', ''])(
  '%j is not an action to decide on',
  (action) => {
    expect(() => decide(invoke(session(), { action }), policies(identity(allowAll)))).toThrow(
      'is not an action',
    );
  },
);

test('a text that is neither an ARN nor * is not a resource to decide on', () => {
  expect(() => decide(invoke(session(), { resource: 'hello' }), policies(identity(allowAll)))).toThrow(
    'is not a resource',
  );
});
