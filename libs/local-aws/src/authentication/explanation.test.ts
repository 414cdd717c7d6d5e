import { createHash, createHmac } from 'node:crypto';
import type { AwsRequest } from '../core/request.ts';
import { differenceOf, guessClientMistake, redactTokens } from './explanation.ts';
import {
  temporaryTestCredential as credential,
  signRequest,
  testRules,
  testTime,
  type UnsignedRequest,
} from './signed-requests.testing.ts';
import { authenticate } from './verification.ts';

const rules = testRules('execute-api');
const sign = (init: UnsignedRequest): AwsRequest =>
  signRequest({ method: 'POST', host: 'api.local:8443', ...init }, credential, { service: 'execute-api' });

/** A request as it was signed, with something changed on its way or wrongly signed. */
function explain(request: AwsRequest) {
  const failure = mismatchOf(request);
  const guess = guessClientMistake(failure, request, rules, credential);
  return (
    guess && {
      ...guess,
      difference: differenceOf(redactTokens(failure.canonicalRequest), guess.canonicalRequest),
    }
  );
}

/** Why a wrong signature is refused. */
function mismatchOf(request: AwsRequest) {
  const outcome = authenticate(request, rules, { findCredential: () => credential }, { now: () => testTime });
  if (outcome.authenticated || outcome.failure.kind !== 'signature-mismatch')
    throw new Error('expected a mismatch');
  return outcome.failure;
}

/** Replaces the signature by that of another canonical request, or of another key. */
function resigned(
  request: AwsRequest,
  edit: (canonicalRequest: string) => string,
  key: { secret?: string; date?: string; region?: string; service?: string } = {},
): AwsRequest {
  const broken = mismatchOf({ ...request, method: `${request.method}X` });
  const canonical = edit(broken.canonicalRequest.replace(`${request.method}X`, request.method));
  const toSign = broken.stringToSign
    .split('\n')
    .with(3, createHash('sha256').update(canonical).digest('hex'));
  const {
    secret = `AWS4${credential.secretAccessKey}`,
    date = '20260101',
    region = 'us-east-1',
    service = 'execute-api',
  } = key;
  const hmac = (by: string | Buffer, text: string): Buffer => createHmac('sha256', by).update(text).digest();
  const signing = hmac(hmac(hmac(hmac(secret, date), region), service), 'aws4_request');
  const signature = hmac(signing, toSign.join('\n')).toString('hex');
  return {
    ...request,
    headers: request.headers.map(
      ([name, value]) =>
        [
          name,
          name === 'authorization' ? value.replace(/Signature=\w+/, `Signature=${signature}`) : value,
        ] as const,
    ),
  };
}

describe('the explanation of a wrong signature', () => {
  const body = '{ "a": 1,"b":"ü" }';
  const lines = (index: number, value: string) => (text: string) =>
    text.split('\n').with(index, value).join('\n');
  const cases: [string, AwsRequest, RegExp, string | undefined][] = [
    [
      'the path was encoded once',
      resigned(sign({ rawPath: '/a%20b' }), lines(1, '/a%20b')),
      /encode it once more/,
      'path',
    ],
    [
      'the path was signed decoded',
      resigned(sign({ rawPath: '/a%20b' }), lines(1, '/a b')),
      /signed decoded/,
      'path',
    ],
    [
      'the path was not normalized',
      resigned(sign({ rawPath: '/a//b%20' }), lines(1, '/a//b%2520')),
      /not normalized/,
      'path',
    ],
    [
      'the stage was left out',
      resigned(sign({ rawPath: '/local/messages' }), lines(1, '/messages')),
      /first segment/,
      'path',
    ],
    [
      'the last slash was left out',
      resigned(sign({ rawPath: '/local/' }), lines(1, '/local')),
      /without its last slash/,
      'path',
    ],
    [
      'the query was not sorted',
      resigned(sign({ rawQuery: 'b=2&a=1' }), lines(2, 'b=2&a=1')),
      /not sorted/,
      'query',
    ],
    [
      'a plus sign was meant',
      resigned(sign({ rawQuery: 'a=1+1' }), lines(2, 'a=1%2B1')),
      /plus sign/,
      'query',
    ],
    [
      'a space was signed as +',
      resigned(sign({ rawQuery: 'a=1%201' }), lines(2, 'a=1+1')),
      /space was signed as/,
      'query',
    ],
    [
      'the query was left out',
      resigned(sign({ rawQuery: 'a=1' }), lines(2, '')),
      /left out of the signature/,
      'query',
    ],
    [
      'the query was encoded once more',
      resigned(sign({ rawQuery: 'id=a%3D&at=1%3A2' }), lines(2, 'at=1%253A2&id=a%253D')),
      /encoded once more for the signature/,
      'query',
    ],
    [
      'the query was encoded once less',
      resigned(sign({ rawQuery: 'at=1%3A2' }), lines(2, 'at=1:2')),
      /encoded once less/,
      'query',
    ],
    [
      'the query was sent encoded twice',
      resigned(sign({ rawQuery: 'id=a%253D' }), lines(2, 'id=a%3D')),
      /encoded once less/,
      'query',
    ],
    ['the body was left out', { ...sign({}), body: Buffer.from(body) }, /body was left out/, 'payload hash'],
    [
      'the body was written anew',
      { ...sign({ body: '{"a":1,"b":"ü"}' }), body: Buffer.from(body) },
      /written anew/,
      'payload hash',
    ],
    [
      'the body was changed',
      {
        ...sign({
          body: 'x',
          headers: [['x-amz-content-sha256', createHash('sha256').update('x').digest('hex')]],
        }),
        body: Buffer.from('y'),
      },
      /changed after signing/,
      'payload hash',
    ],
    [
      'a line break was added',
      { ...sign({ body: 'x' }), body: Buffer.from('x\n') },
      /line break was added/,
      'payload hash',
    ],
    [
      'the port was left out',
      resigned(sign({}), (text) => text.replace(':8443', '')),
      /without its port/,
      'header host',
    ],
    [
      'another host was signed',
      resigned(sign({ host: '127.0.0.1:4566' }), (text) => text.replace('127.0.0.1', 'localhost')),
      /`localhost` was signed/,
      'header host',
    ],
    ['another method was signed', { ...sign({}), method: 'PUT' }, /POST was signed, and PUT sent/, 'method'],
    [
      'another content type was signed',
      {
        ...sign({ headers: [['content-type', 'application/json']] }),
        headers: sign({ headers: [['content-type', 'application/json']] }).headers.map(
          ([name, value]) => [name, name === 'content-type' ? 'text/plain' : value] as const,
        ),
      },
      /content type that was signed \('application\/json'\)/,
      'header content-type',
    ],
    [
      'the token was not signed',
      resigned(sign({}), (text) =>
        text.replace(/x-amz-security-token:.*\n/, '').replace(';x-amz-security-token', ''),
      ),
      /session token was left out/,
      'header x-amz-security-token',
    ],
    [
      'the key was for another service',
      resigned(sign({}), (text) => text, { service: 'lambda' }),
      /for the service 'lambda', and the credential scope names 'execute-api'/,
      undefined,
    ],
    [
      'the key was for another region',
      resigned(sign({}), (text) => text, { region: 'eu-west-1' }),
      /for the region 'eu-west-1'/,
      undefined,
    ],
    [
      'the key was for another date',
      resigned(sign({}), (text) => text, { date: '20260102' }),
      /for the date '20260102'/,
      undefined,
    ],
    [
      'the key had no prefix',
      resigned(sign({}), (text) => text, { secret: credential.secretAccessKey }),
      /prefix `AWS4`/,
      undefined,
    ],
    [
      'the secret ended with a line break',
      resigned(sign({}), (text) => text, { secret: `AWS4${credential.secretAccessKey}\n` }),
      /White space/,
      undefined,
    ],
  ];
  test.each(cases)('finds that %s', (_what, request, mistake, element) => {
    const guess = explain(request);
    expect(guess?.mistakes).toEqual([expect.stringMatching(mistake)]);
    expect(guess?.difference?.element).toBe(element);
    expect(JSON.stringify(guess)).not.toContain(credential.sessionToken);
    expect(JSON.stringify(guess)).not.toContain(credential.secretAccessKey);
  });

  test('finds two mistakes', () => {
    const request = resigned(sign({ rawPath: '/a%20b', rawQuery: 'b=2&a=1' }), (text) =>
      text.split('\n').with(1, '/a%20b').with(2, 'b=2&a=1').join('\n'),
    );
    expect(explain(request)?.mistakes).toEqual([
      expect.stringMatching(/encode it once more/),
      expect.stringMatching(/not sorted/),
    ]);
  });

  test('finds nothing if the secret is wrong', () => {
    expect(explain(resigned(sign({}), (text) => text, { secret: 'AWS4other' }))).toBeUndefined();
  });
});

describe('the difference of two canonical requests', () => {
  const text = 'GET\n/\na=1\nhost:h\nx-amz-date:d\n\nhost;x-amz-date\nhash';

  test('is the first line that differs', () => {
    expect(differenceOf(text, text)).toBeUndefined();
    expect(differenceOf(text, text.replace('x-amz-date:d', 'x-amz-date:e').replace('hash', 'other'))).toEqual(
      {
        line: 5,
        element: 'header x-amz-date',
        server: 'x-amz-date:d',
        client: 'x-amz-date:e',
      },
    );
    expect(differenceOf(text, text.replace('\nhash', ''))).toEqual({
      line: 8,
      element: 'payload hash',
      server: 'hash',
      client: undefined,
    });
  });

  test('has no session token', () => {
    const token = 'x-amz-security-token:one';
    expect(
      differenceOf(`GET\n/\n\n${token}\n\nx\nh`, 'GET\n/\n\nx-amz-security-token:two\n\nx\nh'),
    ).toMatchObject({
      server: 'x-amz-security-token:<redacted>',
      client: 'x-amz-security-token:<redacted>',
    });
    expect(redactTokens('GET\n/\nX-Amz-Security-Token=abc%2F&a=1\n')).toBe(
      'GET\n/\nX-Amz-Security-Token=<redacted>&a=1\n',
    );
  });
});
