import fc from 'fast-check';
import { roleArn } from './fake-sts.testing.ts';
import { AssumeRoleDenied } from './index.ts';
import { readFailure } from './sts.ts';

/** Reads an error: its properties, and the error for the user after two requests. */
function read(thrown: unknown, further: object = {}) {
  const input = {
    RoleArn: roleArn,
    RoleSessionName: 'caller',
    DurationSeconds: 3600,
    ExternalId: undefined,
    ...further,
  };
  const { kind, toError } = readFailure(thrown, input);
  const error = toError(2);
  expect(error).toMatchObject({ roleArn });
  return { kind, error };
}

describe('the meaning of an error of STS', () => {
  test.each<[parameters: object, actions: string[]]>([
    [{}, []],
    [{ Tags: [] }, []],
    [{ Tags: [{ Key: 'team', Value: 'a' }] }, ['sts:TagSession']],
    [
      { Tags: [{ Key: 'team', Value: 'a' }], SourceIdentity: 'jane' },
      ['sts:TagSession', 'sts:SetSourceIdentity'],
    ],
  ])('a refusal of a call with %j names the further actions %j', (parameters, actions) => {
    const { error } = read({ name: 'AccessDenied' }, parameters);
    const named = error.message.match(/sts:(?!AssumeRole|ExternalId)\w+/g) ?? [];
    expect(named).toEqual(actions);
  });

  const skew = 'Signature expired: 20261124T110000Z is now earlier than 20261124T115500Z';
  const future = 'Signature not yet current: 20261124T120000Z is still later than 20261124T115500Z';

  test.each<[name: string, kind: string, more: object]>([
    ['AccessDenied', 'permanent', {}],
    ['AccessDeniedException', 'permanent', {}],
    ['RequestExpired', 'skewed', {}],
    ['SignatureDoesNotMatch', 'skewed', { message: skew }],
    ['SignatureDoesNotMatch', 'skewed', { message: future }],
    ['SignatureDoesNotMatch', 'permanent', { message: 'The request signature we calculated does not match' }],
    ['ValidationError', 'permanent', { message: 'Value expired' }],
    ['ValidationError', 'permanent', { message: 'The tag is: Signature expired' }],
    ['ValidationError', 'permanent', { message: 'Throttling is 500: a Timeout ECONNRESET' }],
    ['Throttling', 'transient', {}],
    ['ThrottlingException', 'transient', {}],
    ['ThrottledException', 'transient', {}],
    ['RequestThrottled', 'transient', {}],
    ['RequestThrottledException', 'transient', {}],
    ['RequestLimitExceeded', 'transient', {}],
    ['RequestTimeout', 'transient', {}],
    ['RequestTimeoutException', 'transient', {}],
    ['TimeoutError', 'transient', { $metadata: {} }],
    ['SomethingNew', 'transient', { $metadata: { httpStatusCode: 429 } }],
    ['SomethingNew', 'transient', { $metadata: { httpStatusCode: 500 } }],
    ['SomethingNew', 'transient', { $metadata: { httpStatusCode: 503 } }],
    ['SomethingNew', 'permanent', { $metadata: { httpStatusCode: 499 } }],
    ['SomethingNew', 'permanent', { $metadata: {} }],
    ['CredentialsProviderError', 'permanent', { $metadata: undefined }],
  ])('the error of STS %s is %s, with the members %j', (name, kind, more) => {
    const thrown = {
      name,
      message: 'it failed',
      $metadata: { httpStatusCode: 400, requestId: 'id-1' },
      ...more,
    };
    const { kind: found, error } = read(thrown);
    expect(found).toBe(kind);
    if (name.startsWith('AccessDenied')) expect(error).toBeInstanceOf(AssumeRoleDenied);
    else
      expect(error).toMatchObject({
        code: 'CredentialsUnavailable',
        reasonCode: name.replace('Exception', ''),
      });
  });

  test.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENETDOWN',
    'ENOBUFS',
    'EAI_AGAIN',
    'ENOTFOUND',
    'EMFILE',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
  ])('the network error %s is transient', (code) => {
    const { kind, error } = read(Object.assign(new Error('it failed'), { code }));
    expect({ kind, ...error }).toMatchObject({ kind: 'transient', attempts: 2, reasonCode: code });
    expect(error.message).toContain(`: ${code}: it failed. Invoke again`);
  });

  test.each(['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_INVALID_URL', 'EXTRA_E', 'MY_EPIPE'])(
    'the error code %s is permanent',
    (code) => {
      const { kind, error } = read({ name: 'Error', message: '', code });
      expect({ kind, ...error }).toMatchObject({ kind: 'permanent', reasonCode: code });
      expect(error.message).toContain(`: ${code}: ${code}. Correct what STS says`);
    },
  );

  test('the message of an error of STS is one short line without the request that STS quotes', () => {
    const message = `It\u001b\u0007 does\n  not match.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:T'`;
    const { error } = read({ name: 'SignatureDoesNotMatch', message });
    expect(error.message).toContain(': SignatureDoesNotMatch: It does not match.. Check');
    expect(read({ message: ` ${'z'.repeat(2_000)}` }).error.message).toMatch(/: Error: z{1000}\. /);
  });

  test('an error has the caller and the request ID that STS sends, if STS sends them', () => {
    const caller = 'arn:aws:sts::222222222222:assumed-role/caller-dev/caller';
    const message = `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/x`;
    const told = read({ name: 'AccessDenied', message, $metadata: { requestId: 'id-1' } });
    expect(told.error).toMatchObject({ requestId: 'id-1', caller });
    const untold = read({ name: 'AccessDenied', message: 'no', $metadata: { requestId: 1 } });
    expect(untold.error).toMatchObject({ requestId: undefined, caller: undefined });
  });

  test('readFailure reads any thrown value', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        expect(['permanent', 'transient', 'skewed']).toContain(read(thrown).kind);
      }),
    );
    expect(read(undefined).error).toMatchObject({ reasonCode: 'Error' });
  });
});
