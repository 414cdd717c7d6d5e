import { createHash } from 'node:crypto';
import { type AwsRequest, header } from '../core/request.ts';
import {
  testCredential as permanent,
  signRequest,
  temporaryTestCredential as temporary,
  testRules,
  testTime,
} from './signed-requests.testing.ts';
import { hmac, signingKey } from './signing.ts';
import {
  after,
  authenticateAt,
  authorization,
  call,
  failure,
  signed,
  withHeader,
} from './verification.testing.ts';

describe('a good signature', () => {
  test.each([
    ['header', {}, permanent],
    ['query', { expiresSeconds: 60 }, permanent],
    ['header', {}, temporary],
    ['query', { expiresSeconds: 60 }, temporary],
  ] as const)('in the %s (%o) tells who signed', (form, options, credential) => {
    const outcome = authenticateAt(testTime, signed(options, credential));
    expect(outcome).toEqual({
      authenticated: true,
      credential,
      form,
      region: 'us-east-1',
      payload: Buffer.from('{}'),
    });
  });

  test('may use the Date header, in the form of HTTP', () => {
    const request = signRequest({ ...call, headers: [['date', testTime.toUTCString()]] }, permanent, {
      service: 'execute-api',
    });
    expect(header(request, 'x-amz-date')).toBeUndefined();
    expect(authenticateAt(testTime, request).authenticated).toBe(true);
  });
});

test('a header that is named as signed, and is not there, is refused even where the signature is made of all the rest', () => {
  const scope = { date: '20260101', region: 'us-east-1', service: 'execute-api' };
  const key = signingKey(permanent.secretAccessKey, scope);
  const resigned = (request: AwsRequest) => {
    const refused = failure(request);
    if (refused.kind !== 'signature-mismatch') throw new Error(`refused for another reason: ${refused.kind}`);
    const signature = hmac(key, refused.stringToSign).toString('hex');
    return authorization(request, (value) => value.replace(/Signature=\w+$/, `Signature=${signature}`));
  };
  const unsigned = authorization(signed(), (value) => value.replace(/Signature=\w+$/, 'Signature=0'));
  expect(authenticateAt(testTime, resigned(unsigned)).authenticated).toBe(true);
  const naming = authorization(unsigned, (value) => value.replace('SignedHeaders=', 'SignedHeaders=accept;'));
  expect(failure(resigned(naming)).kind).toBe('signature-mismatch');
});

describe('time', () => {
  test.each([
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
  ])('a request that is received %d s after its date', (seconds, ok) => {
    expect(authenticateAt(after(seconds), signed()).authenticated).toBe(ok);
  });

  test.each([
    [
      301,
      300,
      'Signature expired: 20260101T120000Z is now earlier than 20260101T120001Z (20260101T120501Z - 5 min.)',
    ],
    [
      901,
      900,
      'Signature expired: 20260101T120000Z is now earlier than 20260101T120001Z (20260101T121501Z - 15 min.)',
    ],
    [
      -301,
      300,
      'Signature not yet current: 20260101T120000Z is still later than 20260101T115959Z (20260101T115459Z + 5 min.)',
    ],
  ])('%d s late', (seconds, maxSkewSeconds, message) => {
    expect(failure(signed(), { maxSkewSeconds }, after(seconds))).toEqual({ kind: 'not-current', message });
  });

  test('a presigned URL lives as long as it says', () => {
    const request = signed({ expiresSeconds: 3600 });
    expect(authenticateAt(after(3600), request).authenticated).toBe(true);
    expect(failure(request, {}, after(3601))).toEqual({
      kind: 'not-current',
      message:
        'Signature expired: 20260101T120000Z is now earlier than 20260101T120001Z (20260101T130001Z - 60 min.)',
    });
    expect(failure(request, {}, after(-301)).kind).toBe('not-current');
  });

  test.each([
    [0, 'not-current', /^Signature expired/],
    [604_801, 'incomplete', /must be less than a week/],
    [-1, 'incomplete', /must be non-negative/],
    [1.5, 'incomplete', /should be a number/],
  ])('X-Amz-Expires=%d', (expiresSeconds, kind, message) => {
    expect(failure(signed({ expiresSeconds }))).toEqual({ kind, message: expect.stringMatching(message) });
  });
});

describe('scope', () => {
  const edited = (from: string, to: string): AwsRequest =>
    authorization(signed(), (value) => value.replace(from, to));
  test.each([
    ['us-east-1/', 'eu-west-1/', 'Credential should be scoped to a valid region. '],
    ['/execute-api/', '/lambda/', "Credential should be scoped to correct service: 'execute-api'. "],
    [
      'aws4_request',
      'aws5_request',
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
    ],
    [
      '/20260101/',
      '/20251231/',
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20251231' != '20260101', from '20260101T120000Z'.",
    ],
    [
      'us-east-1/execute-api',
      'mars/sts',
      "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'execute-api'. ",
    ],
  ])('%s → %s', (from, to, message) => {
    expect(failure(edited(from, to))).toEqual({ kind: 'wrong-scope', message });
  });

  test.each([
    ['127.0.0.1:4566', 'mars-1', true],
    ['127.0.0.1:4566', 'Mars/..', false],
    ['sts.amazonaws.com', 'us-east-1', true],
    ['sts.amazonaws.com', 'eu-west-1', false],
    ['sts.eu-west-1.amazonaws.com', 'eu-west-1', true],
    ['sts.eu-west-1.amazonaws.com:443', 'eu-west-2', false],
    ['sts.us-gov-west-1.amazonaws.com', 'us-gov-west-1', true],
    ['sts.cn-north-1.amazonaws.com.cn', 'cn-north-1', true],
  ])('host %s, region %s', (host, region, ok) => {
    const request = signRequest({ host }, permanent, { service: 'sts', region });
    expect(authenticateAt(testTime, request, testRules('sts')).authenticated).toBe(ok);
  });

  test('a bucket may be named like a region', () => {
    const host = 'us-west-2.s3.eu-west-1.amazonaws.com';
    const request = signRequest({ host }, permanent, { service: 's3', region: 'eu-west-1' });
    expect(authenticateAt(testTime, request, testRules('s3')).authenticated).toBe(true);
    const global = signRequest({ host: 'my-bucket-1.s3.amazonaws.com' }, permanent, { service: 's3' });
    expect(authenticateAt(testTime, global, testRules('s3')).authenticated).toBe(true);
  });

  test('the rules may name the region', () => {
    expect(failure(signed(), { region: 'eu-west-1' })).toMatchObject({ kind: 'wrong-scope' });
  });
});

describe('key and token', () => {
  test('an unknown key', () => {
    const request = signed({}, { ...permanent, accessKeyId: 'AKIAUNKNOWN' });
    expect(failure(request)).toEqual({ kind: 'unknown-key', accessKeyId: 'AKIAUNKNOWN' });
  });

  test.each([
    ['none', { ...temporary, sessionToken: '' }],
    ['another', { ...temporary, sessionToken: 'other' }],
    ['one for a permanent key', { ...permanent, sessionToken: 'other' }],
  ])('token: %s', (_token, credential) => {
    const { accessKeyId } = credential;
    for (const options of [{}, { expiresSeconds: 60 }]) {
      expect(failure(signed(options, credential))).toEqual({ kind: 'invalid-token', accessKeyId });
    }
  });

  test('expires with its credentials', () => {
    const request = (date: Date): AwsRequest => signed({ date }, temporary);
    expect(authenticateAt(after(3599), request(after(3599))).authenticated).toBe(true);
    expect(failure(request(after(3600)), {}, after(3600))).toEqual({
      kind: 'expired-token',
      accessKeyId: temporary.accessKeyId,
    });
  });

  test('may be left unsigned only where the service says so', () => {
    const unsigned = signed(
      {},
      { ...permanent, accessKeyId: temporary.accessKeyId, secretAccessKey: temporary.secretAccessKey },
    );
    const request = withHeader(unsigned, 'x-amz-security-token', temporary.sessionToken);
    expect(failure(request)).toEqual({
      kind: 'unsigned-header',
      message: "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
    });
    expect(authenticateAt(testTime, request, { sessionTokenUnsigned: true }).authenticated).toBe(true);
  });
});

describe('signed headers', () => {
  test('host must be signed', () => {
    const request = authorization(signed(), (value) => value.replace(';host', ''));
    expect(failure(request)).toEqual({
      kind: 'unsigned-header',
      message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    });
  });

  test.each([
    ['header', {}],
    ['query', { expiresSeconds: 60 }],
  ])('every x-amz-* header must be signed (%s)', (_form, options) => {
    expect(failure(withHeader(signed(options), 'x-amz-extra', '1'))).toMatchObject({
      kind: 'unsigned-header',
    });
  });

  test('other headers need not be', () => {
    expect(authenticateAt(testTime, withHeader(signed(), 'user-agent', 'x')).authenticated).toBe(true);
  });

  test.each([
    ['in another order', (value: string) => value.replace('content-type;host', 'host;content-type')],
    ['in upper case', (value: string) => value.replace(';host', ';Host')],
    ['twice', (value: string) => value.replace(';host', ';host;host')],
    ['with one that is not there', (value: string) => value.replace(';host', ';host;nope')],
    ['with one that is no header name', (value: string) => value.replace(';host', ';host;ho\tst')],
  ])('are not accepted %s', (_how, edit) => {
    expect(failure(authorization(signed(), edit)).kind).toMatch(/signature-mismatch|incomplete/);
  });
});

describe('a wrong signature', () => {
  test('is answered with what should have been signed', () => {
    const request = { ...signed(), body: Buffer.from('{"changed":true}') };
    const hash = createHash('sha256').update('{"changed":true}').digest('hex');
    const canonicalRequest = [
      'POST',
      '/local/messages',
      'a=1',
      'content-type:application/json',
      'host:api.execute-api.us-east-1.amazonaws.com',
      'x-amz-date:20260101T120000Z',
      '',
      'content-type;host;x-amz-date',
      hash,
    ].join('\n');
    expect(failure(request)).toEqual({
      kind: 'signature-mismatch',
      accessKeyId: 'AKIDEXAMPLE',
      canonicalRequest,
      stringToSign: [
        'AWS4-HMAC-SHA256',
        '20260101T120000Z',
        '20260101/us-east-1/execute-api/aws4_request',
        createHash('sha256').update(canonicalRequest).digest('hex'),
      ].join('\n'),
    });
  });

  test.each(['', '00', 'g'.repeat(64), 'é'.repeat(64), '0'.repeat(64), '0'.repeat(63)])('%s', (value) => {
    const request = authorization(
      signed(),
      (text) => `${text.slice(0, text.indexOf('Signature='))}Signature=${value}`,
    );
    expect(failure(request).kind).toMatch(/signature-mismatch|incomplete/);
  });

  test('in upper case is not the one that was made', () => {
    const request = authorization(signed(), (text) =>
      text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase()),
    );
    expect(failure(request).kind).toBe('signature-mismatch');
  });

  test.each(['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', '0'.repeat(64)])(
    'x-amz-content-sha256: %s does not replace the hash of the body outside S3',
    (value) => {
      const request = signRequest({ ...call, headers: [['x-amz-content-sha256', value]] }, permanent, {
        service: 's3',
      });
      const asExecuteApi = authorization(request, (text) => text.replace('/s3/', '/execute-api/'));
      expect(failure(asExecuteApi).kind).toBe('signature-mismatch');
    },
  );
});
