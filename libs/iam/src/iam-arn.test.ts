import fc from 'fast-check';
import { isIamPath, parseIamArn } from './iam-arn.ts';

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
