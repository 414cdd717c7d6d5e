import fc from 'fast-check';
import type { AwsRequest } from '../core/request.ts';
import { checksumOf } from './checksums.ts';
import type { AuthenticationOutcome } from './outcome.ts';
import { awsRequest, signRequest, testCredential, testRules, testTime } from './signed-requests.testing.ts';
import { emptyHash, hmac, sha256, signingKey } from './signing.ts';
import { authenticate } from './verification.ts';

/** The examples of "Signature Version 4" in the Amazon S3 API reference. */
const documented = {
  ...testCredential,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

function verify(request: AwsRequest, now = testTime): AuthenticationOutcome {
  const credential = now === testTime ? testCredential : documented;
  return authenticate(request, testRules('s3'), { findCredential: () => credential }, { now: () => now });
}

describe('the examples of the S3 API reference', () => {
  const day = new Date('2013-05-24T00:00:00Z');
  const scope = `${documented.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
  const basic = 'host;x-amz-content-sha256;x-amz-date';
  const content = 'Welcome to Amazon S3.';
  const a = 'a'.repeat(66_560);
  const chunks = (signatures: string[], ...trailers: string[]): string => {
    const [first, second, last] = signatures.map((signature) => `;chunk-signature=${signature}`);
    const parts = [
      `10000${first}\r\n${a.slice(0, 65_536)}`,
      `400${second}\r\n${a.slice(0, 1024)}`,
      `0${last}`,
    ];
    return [...parts, ...trailers, '', ''].join('\r\n');
  };
  const streaming: [string, string][] = [
    ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
    ['content-encoding', 'aws-chunked'],
    ['x-amz-decoded-content-length', '66560'],
  ];
  const signed = (
    headers: [string, string][],
    names: string,
    signature: string,
    hash = emptyHash,
  ): [string, string][] => [
    ...headers,
    ['x-amz-date', '20130524T000000Z'],
    ['x-amz-content-sha256', hash],
    ['authorization', `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${names},Signature=${signature}`],
  ];
  const bucket = 'examplebucket.s3.amazonaws.com';
  const examples: [string, AwsRequest, string][] = [
    [
      'GET Object',
      awsRequest({
        host: bucket,
        rawPath: '/test.txt',
        headers: signed(
          [['range', 'bytes=0-9']],
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
      }),
      '',
    ],
    [
      'PUT Object',
      awsRequest({
        method: 'PUT',
        host: bucket,
        rawPath: '/test%24file.text',
        headers: signed(
          [
            ['date', 'Fri, 24 May 2013 00:00:00 GMT'],
            ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
          ],
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
          '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        ),
        body: content,
      }),
      content,
    ],
    [
      'GET Bucket Lifecycle',
      awsRequest({
        host: bucket,
        rawQuery: 'lifecycle',
        headers: signed([], basic, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'),
      }),
      '',
    ],
    [
      'List Objects',
      awsRequest({
        host: bucket,
        rawQuery: 'max-keys=2&prefix=J',
        headers: signed([], basic, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'),
      }),
      '',
    ],
    [
      'presigned GET Object',
      awsRequest({
        host: bucket,
        rawPath: '/test.txt',
        rawQuery: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
      }),
      '',
    ],
    [
      'PUT Object in chunks',
      awsRequest({
        method: 'PUT',
        host: 's3.amazonaws.com',
        rawPath: '/examplebucket/chunkObject.txt',
        headers: signed(
          [...streaming, ['content-length', '66824']],
          'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
          '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
          'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        ),
        body: chunks([
          'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
          '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
          'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
        ]),
      }),
      a,
    ],
    [
      'PUT Object in chunks with a trailer',
      awsRequest({
        method: 'PUT',
        host: 's3.amazonaws.com',
        rawPath: '/examplebucket/chunkObject.txt',
        headers: signed(
          [...streaming, ['x-amz-trailer', 'x-amz-checksum-crc32c']],
          'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
          '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
          'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        ),
        body: chunks(
          [
            'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
            '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
            '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
          ],
          'x-amz-checksum-crc32c:sOO8/Q==',
          'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
        ),
      }),
      a,
    ],
  ];
  test.each(examples)('include %s, which is accepted', (_name, request, payload) => {
    const outcome = verify(request, day);
    expect(outcome).toMatchObject({ authenticated: true });
    expect(outcome.authenticated && outcome.payload.toString()).toBe(payload);
  });
});

describe('an unsigned stream with a trailer', () => {
  const data = '123456789';
  const upload = (body: string, options: { length?: string; trailer?: string } = {}): AuthenticationOutcome =>
    verify(
      signRequest(
        {
          method: 'PUT',
          host: 'local.test',
          rawPath: '/bucket/key',
          headers: [
            ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
            ...(options.length === ''
              ? []
              : [['x-amz-decoded-content-length', options.length ?? '9'] as const]),
            ...(options.trailer === ''
              ? []
              : [['x-amz-trailer', options.trailer ?? 'x-amz-checksum-crc32'] as const]),
          ],
          body,
        },
        testCredential,
        { service: 's3' },
      ),
    );
  const crc32 = 'x-amz-checksum-crc32:y/Q5Jg==';

  test.each([
    ['in one chunk', `9\r\n${data}\r\n0\r\n${crc32}\r\n\r\n`, {}],

    [
      'with CRC32C',
      `9\r\n${data}\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n`,
      { trailer: 'x-amz-checksum-crc32c' },
    ],
    [
      'with CRC64NVME',
      `9\r\n${data}\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n`,
      { trailer: 'x-amz-checksum-crc64nvme' },
    ],
    ['without a trailer', `9\r\n${data}\r\n0\r\n\r\n`, { trailer: '' }],
    [
      'with a trailer that is not a checksum',
      `9\r\n${data}\r\n0\r\nx-other:1\r\n\r\n`,
      { trailer: 'x-other' },
    ],
  ])('is accepted %s', (_how, body, options) => {
    const outcome = upload(body, options);
    expect(outcome).toMatchObject({ authenticated: true, payload: Buffer.from(data) });
  });

  test.each([
    ['another checksum', `9\r\n${data}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`, {}, 'BadDigest'],
    ['another length', `9\r\n${data}\r\n0\r\n${crc32}\r\n\r\n`, { length: '8' }, 'IncompleteBody'],
    ['no length', `9\r\n${data}\r\n0\r\n${crc32}\r\n\r\n`, { length: '' }, 'IncompleteBody'],
    ['no last chunk', `9\r\n${data}\r\n`, {}, 'IncompleteBody'],
    ['a chunk that ends early', `a\r\n${data}`, {}, 'IncompleteBody'],
    ['a chunk that does not end', `8\r\n${data}\r\n0\r\n${crc32}\r\n\r\n`, {}, 'IncompleteBody'],
    ['small chunks', `4\r\n1234\r\n5\r\n56789\r\n0\r\n${crc32}\r\n\r\n`, {}, 'InvalidChunkSizeError'],
    ['no framing', data, {}, 'IncompleteBody'],
    ['nothing', '', {}, 'IncompleteBody'],
    ['no trailer', `9\r\n${data}\r\n0\r\n\r\n`, {}, 'MalformedTrailerError'],
    ['another trailer', `9\r\n${data}\r\n0\r\nx-other:1\r\n\r\n`, {}, 'MalformedTrailerError'],
    ['a trailer without end', `9\r\n${data}\r\n0\r\n${crc32}`, {}, 'MalformedTrailerError'],
    ['a trailer that is not a header', `9\r\n${data}\r\n0\r\n:\r\n\r\n`, {}, 'MalformedTrailerError'],
  ])('is refused with %s', (_what, body, options, code) => {
    expect(upload(body, options)).toMatchObject({ failure: { kind: 'payload-mismatch', s3: { code } } });
  });

  test('is refused if its body is random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const outcome = upload(Buffer.from(bytes).toString('latin1'));
        expect(outcome.authenticated).toBe(false);
      }),
    );
  });
});

describe('a signed stream', () => {
  const key = signingKey(testCredential.secretAccessKey, {
    date: '20260101',
    region: 'us-east-1',
    service: 's3',
  });

  function upload(
    pieces: readonly string[],
    tamper: (body: string) => string = (body) => body,
  ): AuthenticationOutcome {
    const request = signRequest(
      {
        method: 'PUT',
        host: 'local.test',
        rawPath: '/bucket/key',
        headers: [
          ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
          ['x-amz-decoded-content-length', String(pieces.join('').length)],
        ],
      },
      testCredential,
      { service: 's3' },
    );
    let previous = /Signature=(\w+)/.exec(request.headers.at(-1)![1])![1]!;
    let body = '';
    for (const piece of [...pieces, '']) {
      const text = `AWS4-HMAC-SHA256-PAYLOAD\n20260101T120000Z\n20260101/us-east-1/s3/aws4_request\n${previous}\n${emptyHash}\n${sha256(piece)}`;
      previous = hmac(key, text).toString('hex');
      body += `${piece.length.toString(16)};chunk-signature=${previous}\r\n${piece}\r\n`;
    }
    return verify({ ...request, body: Buffer.from(tamper(body)) });
  }

  const pieces = ['a'.repeat(8192), 'b'.repeat(8192)];
  test('is accepted as it was signed', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: 8192, max: 9000 }).map((length) => 'x'.repeat(length)),
          { maxLength: 4 },
        ),
        (parts) => {
          const outcome = upload(parts);
          // Jest compares buffers byte by byte.
          expect(outcome.authenticated && outcome.payload.toString()).toBe(parts.join(''));
        },
      ),
    );
  });

  test.each([
    ['another byte', (body: string) => body.replace('aa', 'ax')],
    [
      'chunks in another order',
      (body: string) => {
        const half = body.indexOf('2000;', 5);
        const last = body.indexOf('0;chunk', half + 200);
        return body.slice(half, last) + body.slice(0, half) + body.slice(last);
      },
    ],
    ['no signatures', (body: string) => body.replace(/;chunk-signature=\w+/g, '')],
    [
      'another signature of the last chunk',
      (body: string) => body.replace(/0;chunk-signature=\w{64}/, `0;chunk-signature=${'0'.repeat(64)}`),
    ],
  ])('is refused with %s', (_what, tamper) => {
    expect(upload(pieces, tamper)).toMatchObject({
      failure: { kind: 'payload-mismatch', s3: { code: 'SignatureDoesNotMatch' } },
    });
  });
});

test.each([
  ['crc32', 'y/Q5Jg=='],
  ['crc32c', '4waSgw=='],
  ['crc64nvme', 'rosUhgp5mIg='],
  ['sha1', '98O8HYCOBHMq32eZZczDTKeuNEE='],
  ['sha256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
])('%s has its published check value', (name, value) => {
  expect(checksumOf(name, Buffer.from('123456789'))).toBe(value);
});
