import fc from 'fast-check';
import { iamArn, isPath, parseIdentityArn } from './arn.ts';

const name = fc.stringMatching(/^[A-Za-z0-9_+=,.@-]{1,64}$/);
const account = fc.stringMatching(/^\d{12}$/);
const path = fc
  .array(fc.stringMatching(/^[a-z0-9.-]{1,12}$/), { maxLength: 4 })
  .map((segments) => (segments.length === 0 ? '/' : `/${segments.join('/')}/`));

describe('parseIdentityArn', () => {
  test('reads every ARN that iamArn writes', () => {
    fc.assert(
      fc.property(
        account,
        fc.constantFrom('role' as const, 'user' as const, 'policy' as const),
        path,
        name,
        (accountId, kind, path, name) => {
          expect(parseIdentityArn(iamArn(accountId, kind, path, name))).toEqual({
            kind,
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
          const parsed = parseIdentityArn(text);
          if (parsed !== undefined && parsed.kind === 'role') {
            expect(iamArn(parsed.accountId, parsed.kind, parsed.path, parsed.name)).toBe(text);
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
  ])('reads %s', (arn, expected) => expect(parseIdentityArn(arn)).toEqual(expected));

  test.each([
    'arn:aws:iam::111111111111:role/*',
    'arn:aws:iam::111111111111:role/a*/b',
    'arn:aws:iam::111111111111:role/',
    'arn:aws:iam::111111111111:role',
    'arn:aws:iam::11111111111:role/R',
    'arn:aws:iam::aws:role/R',
    'arn:aws:iam::aws:root',
    'arn:aws:iam::111111111111:group/G',
    'arn:aws:sts::111111111111:assumed-role/R',
    'arn:aws:s3:::bucket',
    'R',
  ])('does not read %s', (arn) => expect(parseIdentityArn(arn)).toBeUndefined());
});

describe('isPath', () => {
  test.each(['/', '/a/', '/a/b/'])('accepts %s', (text) => expect(isPath(text)).toBe(true));
  test.each(['', 'a', '/a', 'a/', '/ä/'])('refuses %j', (text) => expect(isPath(text)).toBe(false));
});
