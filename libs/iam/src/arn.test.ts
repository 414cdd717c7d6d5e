import fc from 'fast-check';
import {
  accountNamed,
  accountOf,
  iamArnIn,
  isArn,
  isArnOf,
  isIamPath,
  isRoleArn,
  parseArn,
  parseIamArn,
  splitArn,
  splitFunctionArn,
} from './arn.ts';

const name = fc.stringMatching(/^[A-Za-z0-9_+=,.@-]{1,64}$/);
const account = fc.stringMatching(/^\d{12}$/);
const path = fc
  .array(fc.stringMatching(/^[!-.0-~]{1,12}$/), { maxLength: 4 })
  .map((segments) => (segments.length === 0 ? '/' : `/${segments.join('/')}/`));

describe('parseIamArn', () => {
  test('reads the ARN of every role, user and policy, whatever its path', () => {
    fc.assert(
      fc.property(
        account,
        fc.constantFrom('role' as const, 'user' as const, 'policy' as const),
        path,
        name,
        (accountId, kind, path, name) => {
          expect(parseIamArn(`arn:aws-cn:iam::${accountId}:${kind}${path}${name}`)).toEqual({
            kind,
            partition: 'aws-cn',
            accountId,
            path,
            name,
          });
        },
      ),
    );
  });

  test('never throws, and reads the whole text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `arn:aws:iam::111111111111:role/${rest}`),
        ),
        (text) => {
          const parsed = parseIamArn(text);
          if (parsed !== undefined && parsed.kind === 'role') {
            expect(`arn:aws:iam::${parsed.accountId}:role${parsed.path}${parsed.name}`).toBe(text);
          }
        },
      ),
    );
  });

  test.each([
    ['arn:aws:iam::111111111111:root', { kind: 'root', accountId: '111111111111' }],
    [
      'arn:aws:iam::aws:policy/service-role/P',
      { kind: 'policy', accountId: 'aws', path: '/service-role/', name: 'P' },
    ],
    [
      'arn:aws:sts::111111111111:assumed-role/R/s@1',
      { kind: 'assumed-role', accountId: '111111111111', name: 'R', sessionName: 's@1' },
    ],
  ])('reads %s', (arn, expected) => expect(parseIamArn(arn)).toEqual({ partition: 'aws', ...expected }));

  test.each([
    'arn:aws:iam::111111111111:role/*',
    'arn:aws:iam::111111111111:role//R',
    'arn:aws:iam::111111111111:role/ä/R',
    'arn:aws:iam::111111111111:role/',
    'arn:aws:iam::111111111111:role',
    'arn:aws:iam::11111111111:role/R',
    'arn:aws:iam::aws:role/R',
    'arn:aws:iam::aws:root',
    'arn:aws:iam::111111111111:group/G',
    'arn:aws:sts::111111111111:assumed-role/R',
    'arn:aws:s3:::bucket',
    'R',
  ])('does not read %s', (arn) => expect(parseIamArn(arn)).toBeUndefined());
});

describe('isIamPath', () => {
  test.each(['/', '/a/', '/a/b/', '/a:b/'])('accepts %s', (text) => expect(isIamPath(text)).toBe(true));
  test.each(['', 'a', '/a', 'a/', '//', '/ä/', '/a b/'])('refuses %j', (text) =>
    expect(isIamPath(text)).toBe(false),
  );
});

const part = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
const rest = fc.stringMatching(/^[\w:/.*-]{1,30}$/);

test('an ARN is its parts, and its account is one of them', () => {
  fc.assert(
    fc.property(
      part,
      part,
      fc.oneof(part, fc.constant('')),
      account,
      rest,
      (partition, service, region, accountId, resource) => {
        const arn = `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
        expect(parseArn(arn)).toMatchObject({ partition, service, region, accountId, resource });
        expect(splitArn(arn)).toEqual(['arn', partition, service, region, accountId, resource]);
        expect(accountOf(arn)).toBe(accountId);
        expect(isArn(arn)).toBe(true);
      },
    ),
  );
});

test.each([
  '',
  'R',
  'arn',
  'arn:aws:s3',
  'arn:aws:s3::',
  'arn:aws:s3:::',
  'arn::s3:::b',
  'arn:aws::::b',
  'x:aws:s3:::b',
  '*',
])('no ARN: %j', (text) => expect(isArn(text)).toBe(false));

test.each([
  ['111111111111', '111111111111'],
  ['arn:aws:iam::111111111111:root', '111111111111'],
  ['arn:aws-us-gov:iam::111111111111:root', '111111111111'],
  ['arn:aws:iam::111111111111:role/root', undefined],
  ['arn:aws:sts::111111111111:root', undefined],
  ['1111111111111', undefined],
  ['*', undefined],
])('the principal %s names the account %s', (principal, expected) => {
  expect(accountNamed(principal)).toBe(expected);
});

test.each([
  ['arn:aws:lambda:eu-west-1:111111111111:function:orders', 'orders', undefined],
  ['arn:aws:lambda:eu-west-1:111111111111:function:orders:live', 'orders', 'live'],
  ['arn:aws:lambda:eu-west-1:111111111111:function:orders:$LATEST', 'orders', '$LATEST'],
])('the function of %s is %s, with the qualifier %s', (arn, name, qualifier) => {
  const functionArn = 'arn:aws:lambda:eu-west-1:111111111111:function:orders';
  expect(splitFunctionArn(arn)).toEqual({ functionArn, name, qualifier });
});

test('an ARN of a role is told from those of other principals, and found in a text', () => {
  const role = 'arn:aws-cn:iam::111111111111:role/app/R';
  const user = 'arn:aws-cn:iam::111111111111:user/U';
  expect([role, user, 'arn:aws-cn:sts::111111111111:assumed-role/R/S'].map(isRoleArn)).toEqual([
    true,
    false,
    false,
  ]);
  expect(iamArnIn(`trust policy of ${user} and ${role} here`, 'role')).toBe(role);
  expect(iamArnIn(`trust policy of ${user} and ${role} here`, 'any')).toBe(user);
  expect(iamArnIn('trust policy of role R', 'any')).toBeUndefined();
});

test.each([
  ['arn:aws-cn:iam::111111111111:role/app/invoke', 'iam', 'role/', true],
  ['arn:aws:kms:eu-west-1:111111111111:key/1', 'kms', 'key/', true],
  ['arn:aws:kms:eu-west-1:111111111111:alias/key/1', 'kms', 'key/', false],
  ['arn:aws:lambda:eu-west-1:111111111111:function:orders:live', 'lambda', 'function:', true],
  ['arn:aws:iam::aws:policy/AdministratorAccess', 'iam', 'policy/', false],
  ['arn:aws:iam::*:role/invoke', 'iam', 'role/', false],
  ['x:aws:iam::111111111111:role/invoke', 'iam', 'role/', false],
  ['role/invoke', 'iam', 'role/', false],
])('whether %s is of %s in an account and begins with %s: %s', (text, service, start, expected) => {
  expect(isArnOf(text, service, start)).toBe(expected);
});
