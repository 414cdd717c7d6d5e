import { unreadTemplate } from './unread.ts';

const GET_TEMPLATE = 'cloudformation:GetTemplate';

const awsError = (name: string, message = 'AWS says no.') => Object.assign(new Error(message), { name });

// CloudFormation's common errors, and how the SDK names them: the query protocol leaves out "Exception".
test.each([
  ['AccessDenied', /needs cloudformation:GetTemplate: deployment-role\.yml has it/],
  ['AccessDeniedException', /needs cloudformation:GetTemplate/],
  ['NotAuthorized', /needs cloudformation:GetTemplate/],
  ['ExpiredToken', /Get new ones/],
  ['ExpiredTokenException', /Get new ones/],
  ['RequestExpired', /the clock of this machine/],
  ['InvalidClientTokenId', /Get new ones/],
  ['UnrecognizedClientException', /Get new ones/],
  ['CredentialsProviderError', /Get new ones/],
  ['Throttling', /throttles the account .* in a minute/],
  ['ThrottlingException', /throttles the account/],
  ['SlowDown', /throttles the account/],
  ['TimeoutError', /was not reached/],
  ['RequestTimeoutException', /was not reached/],
  ['InternalFailure', /AWS failed/],
  ['ServiceUnavailable', /AWS failed/],
  ['UnknownError', /AWS failed/],
  ['OptInRequired', /Solve that/],
])('%s has its own remedy, and only a refusal speaks of a permission', (name, remedy) => {
  const unread = unreadTemplate(awsError(name), GET_TEMPLATE);
  expect(unread.remedy).toMatch(remedy);
  expect(unread.reason).toBe(`${name}: AWS says no.`);
  const isDenied = /^(AccessDenied|NotAuthorized)/.test(name);
  expect([unread.staysUnread, unread.remedy.includes('GetTemplate')]).toEqual([isDenied, isDenied]);
});

test.each([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])('%s of Node is a matter of the network', (code) => {
  // As Node's AggregateError, which has no message.
  const { reason, remedy, staysUnread } = unreadTemplate(
    Object.assign(new Error(''), { code }),
    GET_TEMPLATE,
  );
  expect([reason, staysUnread]).toEqual([code, false]);
  expect(remedy).toMatch(/was not reached/);
});

test('an explicit deny is not solved by a permission', () => {
  const message =
    'User: arn:aws:iam::111111111111:user/ci is not authorized to perform: cloudformation:GetTemplate on resource: depot with an explicit deny in a service control policy';
  expect(unreadTemplate(awsError('AccessDenied', message), GET_TEMPLATE).remedy).toBe(
    'A policy denies cloudformation:GetTemplate to whoever deploys, and no permission outweighs that: change that policy.',
  );
});

test('a template in YAML is somebody else’s', () => {
  const error = (() => {
    try {
      return JSON.parse('Resources: {}');
    } catch (thrown) {
      return thrown as Error;
    }
  })();
  expect(unreadTemplate(error, GET_TEMPLATE)).toMatchObject({
    remedy: expect.stringContaining('something else than this project has deployed it'),
    staysUnread: false,
  });
});
