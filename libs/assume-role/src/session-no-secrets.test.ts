import { inspect } from 'node:util';
import { CredentialsUnavailable } from './index.ts';
import { holdTimeInEachTest, setUp } from './session.testing.ts';

holdTimeInEachTest();

describe('secrets', () => {
  test('are in no error, not even where STS quotes the whole request', async () => {
    const { sts, role } = setUp();
    const quoted =
      "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:TOKEN-OF-THE-FUNCTION\n'";
    sts.auto = (request) => request.fail('SignatureDoesNotMatch', quoted, { status: 403 });
    const error = await role().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CredentialsUnavailable);
    const shown = inspect(error, { depth: 20, showHidden: true });
    expect(shown).toContain('does not match the signature you provided');
    expect(shown).not.toContain('TOKEN-OF-THE-FUNCTION');
    expect(shown).not.toContain('must not be seen');
  });

  test('are not to be seen on the provider', async () => {
    const { role } = setUp();
    await role();
    expect(inspect(role, { depth: 20, showHidden: true })).not.toMatch(/secret-1|token-1/);
  });
});

test.each([
  [undefined, 'none'],
  ['very-private', 'one'],
])('a denial says whether an external ID was sent (%s: %s), and not which', async (externalId, sent) => {
  const { sts, role } = setUp({ externalId });
  sts.auto = (request) => request.fail('AccessDenied', 'no');
  const error = await role().catch((e: unknown) => e);
  expect(String(error)).toContain(`(this call sent ${sent})`);
  expect(String(error)).not.toContain('very-private');
});
