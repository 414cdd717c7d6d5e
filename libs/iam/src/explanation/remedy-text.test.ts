import { remedyText } from './remedy-text.ts';

test('a change of an API’s resource policy comes with the advice to deploy the API', () => {
  const { instruction } = remedyText({
    change: 'add statement',
    kind: 'resource-based policy',
    where: 'resource policy of API api (api1)',
    statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:…' },
  });
  expect(instruction).toBe('add to resource policy of API api (api1), and deploy the API again');
});

test.each([
  ['ext-1', 'sts:ExternalId = ext-1'],
  ['ext 1', 'sts:ExternalId = "ext 1"'],
  ['', 'sts:ExternalId = ""'],
])('a value with other than plain characters is quoted: %j', (value, text) => {
  expect(remedyText({ change: 'request', key: 'sts:ExternalId', value }).text).toBe(text);
});

test('deleted principals of a trust policy are removed in the same step', () => {
  const change = {
    change: 'add statement',
    kind: 'role trust policy',
    where: 'the trust policy of r',
    statement: {},
  } as const;
  const text = (...deletedPrincipals: string[]) => remedyText({ ...change, deletedPrincipals }).instruction;
  expect(text('AROAA')).toContain(
    'remove in the same step AROAA, a role or user that was deleted, with each statement',
  );
  expect(text('AROAA', 'AIDAB')).toContain('AROAA, AIDAB, roles and users that were deleted');
  expect(text()).toBe('add to the trust policy of r');
});

test('a role of IAM Identity Center is changed with its permission set', () => {
  const where = `a policy of arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_On-Call_0123456789abcdef`;
  const text = remedyText({ change: 'add statement', kind: 'identity-based policy', where, statement: {} });
  expect(text.instruction).toBe(
    `add to ${where}, with the inline policy of its permission set On-Call: only IAM Identity Center changes this role`,
  );
  expect(text.command).toBeUndefined();
});

test.each(['session policy', 'permissions boundary'] as const)(
  'a %s of a role of IAM Identity Center is not in the inline policy of its permission set',
  (kind) => {
    const where = `the ${kind} of arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_On-Call_0123456789abcdef`;
    const { instruction } = remedyText({ change: 'add statement', kind, where, statement: {} });
    expect(instruction).toContain(`add to ${where}`);
    expect(instruction).not.toContain('permission set');
  },
);
