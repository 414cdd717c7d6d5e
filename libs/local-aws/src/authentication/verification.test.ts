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
  ] as const)('in the %s tells who signed (options: %o)', (_form, options, credential) => {
    const outcome = authenticateAt(testTime, signed(options, credential));
    expect(outcome).toEqual({
      authenticated: true,
      credential,
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

test('a request is refused if it names a signed header that it does not have, even if the rest of the signature is right', () => {
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

describe('the date of a request', () => {
  test.each([
    [-300, 'accepted'],
    [300, 'accepted'],
    [-301, 'refused'],
    [301, 'refused'],
  ])('may differ by 300 s: a request that arrives %d s after it is %s', (seconds, answer) => {
    expect(authenticateAt(after(seconds), signed()).authenticated).toBe(answer === 'accepted');
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
  ])('is in the error of a request that arrives %d s after it', (seconds, maxSkewSeconds, message) => {
    expect(failure(signed(), { maxSkewSeconds }, after(seconds))).toEqual({ kind: 'not-current', message });
  });

  test('may be as old as X-Amz-Expires in a presigned URL', () => {
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
  ])('makes no URL valid that has X-Amz-Expires=%d', (expiresSeconds, kind, message) => {
    expect(failure(signed({ expiresSeconds }))).toEqual({ kind, message: expect.stringMatching(message) });
  });
});

describe('the credential scope', () => {
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
  ])('is refused with its own error if %s is replaced by %s', (from, to, message) => {
    expect(failure(edited(from, to))).toEqual({ kind: 'wrong-scope', message });
  });

  test.each([
    ['127.0.0.1:4566', 'may', 'mars-1'],
    ['127.0.0.1:4566', 'may not', 'Mars/..'],
    ['sts.amazonaws.com', 'may', 'us-east-1'],
    ['sts.amazonaws.com', 'may not', 'eu-west-1'],
    ['sts.eu-west-1.amazonaws.com', 'may', 'eu-west-1'],
    ['sts.eu-west-1.amazonaws.com:443', 'may not', 'eu-west-2'],
    ['sts.us-gov-west-1.amazonaws.com', 'may', 'us-gov-west-1'],
    ['sts.cn-north-1.amazonaws.com.cn', 'may', 'cn-north-1'],
  ])('of a request to the host %s %s name the region %s', (host, may, region) => {
    const request = signRequest({ host }, permanent, { service: 'sts', region });
    expect(authenticateAt(testTime, request, testRules('sts')).authenticated).toBe(may === 'may');
  });

  test('does not take the name of a bucket for a region', () => {
    const host = 'us-west-2.s3.eu-west-1.amazonaws.com';
    const request = signRequest({ host }, permanent, { service: 's3', region: 'eu-west-1' });
    expect(authenticateAt(testTime, request, testRules('s3')).authenticated).toBe(true);
    const global = signRequest({ host: 'my-bucket-1.s3.amazonaws.com' }, permanent, { service: 's3' });
    expect(authenticateAt(testTime, global, testRules('s3')).authenticated).toBe(true);
  });

  test('must name the region of the rules', () => {
    expect(failure(signed(), { region: 'eu-west-1' })).toMatchObject({ kind: 'wrong-scope' });
  });
});

describe('a request', () => {
  test('with an unknown access key is refused', () => {
    const request = signed({}, { ...permanent, accessKeyId: 'AKIAUNKNOWN' });
    expect(failure(request)).toEqual({ kind: 'unknown-key', accessKeyId: 'AKIAUNKNOWN' });
  });

  test.each([
    ['a temporary key and no token', { ...temporary, sessionToken: '' }],
    ['a temporary key and another token', { ...temporary, sessionToken: 'other' }],
    ['a permanent key and a token', { ...permanent, sessionToken: 'other' }],
  ])('with %s is refused', (_token, credential) => {
    const { accessKeyId } = credential;
    for (const options of [{}, { expiresSeconds: 60 }]) {
      expect(failure(signed(options, credential))).toEqual({ kind: 'invalid-token', accessKeyId });
    }
  });

  test('is refused when its credentials have expired', () => {
    const request = (date: Date): AwsRequest => signed({ date }, temporary);
    expect(authenticateAt(after(3599), request(after(3599))).authenticated).toBe(true);
    expect(failure(request(after(3600)), {}, after(3600))).toEqual({
      kind: 'expired-token',
      accessKeyId: temporary.accessKeyId,
    });
  });
});

describe('signed headers', () => {
  test('must include host', () => {
    const request = authorization(signed(), (value) => value.replace(';host', ''));
    expect(failure(request)).toEqual({
      kind: 'unsigned-header',
      message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    });
  });

  test.each([
    ['header', {}],
    ['query', { expiresSeconds: 60 }],
  ])('must include every x-amz-* header (signature in the %s)', (_form, options) => {
    expect(failure(withHeader(signed(options), 'x-amz-extra', '1'))).toMatchObject({
      kind: 'unsigned-header',
    });
  });

  test('need not include other headers', () => {
    expect(authenticateAt(testTime, withHeader(signed(), 'user-agent', 'x')).authenticated).toBe(true);
  });

  test.each([
    ['in another order', (value: string) => value.replace('content-type;host', 'host;content-type')],
    ['in upper case', (value: string) => value.replace(';host', ';Host')],
    ['twice', (value: string) => value.replace(';host', ';host;host')],
    ['with one that is not there', (value: string) => value.replace(';host', ';host;nope')],
    ['with one that is not the name of a header', (value: string) => value.replace(';host', ';host;ho\tst')],
  ])('are not accepted %s', (_how, edit) => {
    expect(failure(authorization(signed(), edit)).kind).toMatch(/signature-mismatch|incomplete/);
  });
});

describe('a wrong signature', () => {
  test('is refused with what should have been signed', () => {
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

  test.each(['', '00', 'g'.repeat(64), 'é'.repeat(64), '0'.repeat(64), '0'.repeat(63)])(
    'is refused: "%s"',
    (value) => {
      const request = authorization(
        signed(),
        (text) => `${text.slice(0, text.indexOf('Signature='))}Signature=${value}`,
      );
      expect(failure(request).kind).toMatch(/signature-mismatch|incomplete/);
    },
  );

  test('is also a right one in upper case', () => {
    const request = authorization(signed(), (text) =>
      text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase()),
    );
    expect(failure(request).kind).toBe('signature-mismatch');
  });

  test.each(['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', '0'.repeat(64)])(
    'is one of x-amz-content-sha256 %s instead of the hash of the body, except for S3',
    (value) => {
      const request = signRequest({ ...call, headers: [['x-amz-content-sha256', value]] }, permanent, {
        service: 's3',
      });
      const asExecuteApi = authorization(request, (text) => text.replace('/s3/', '/execute-api/'));
      expect(failure(asExecuteApi).kind).toBe('signature-mismatch');
    },
  );
});
