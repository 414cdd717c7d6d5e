import { createHash } from 'node:crypto';
import { scopeOf } from './read-signature.ts';
import { awsRequest } from './signed-requests.testing.ts';
import { authorization, call, failure, signed, withHeader } from './verification.testing.ts';

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64');

describe('a request', () => {
  test('without a signature is refused as not signed', () => {
    expect(failure(awsRequest(call))).toEqual({ kind: 'missing' });
  });

  test('with another algorithm in the query is refused as not signed', () => {
    const request = signed({ expiresSeconds: 60 });
    const rawQuery = request.rawQuery.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1');
    expect(failure({ ...request, rawQuery })).toEqual({ kind: 'missing' });
  });

  test('with a signature in the header and one in the query is refused', () => {
    const request = { ...signed({ expiresSeconds: 60 }), headers: signed().headers };
    expect(failure(request)).toEqual({
      kind: 'ambiguous',
      message: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    });
  });

  const missing = (sentences: string, value: string): string =>
    `${sentences} (Hashed with SHA-256 and encoded with Base64) Authorization=${fingerprint(value)}`;
  const notKeyValue = (value: string): string =>
    `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(value)}'.`;
  test.each([
    ['', "Authorization header cannot be empty: ''."],
    [
      'key=value',
      'Authorization header must begin with the algorithm name, which cannot include an equal-sign',
    ],
    ['Bearer secret-token', notKeyValue('Bearer secret-token')],
    [
      'Basic c2VjcmV0OnNlY3JldA==',
      missing(
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        'Basic c2VjcmV0OnNlY3JldA==',
      ),
    ],
    [
      'AWS4-HMAC-SHA256 Credential=a, Signature=b',
      missing(
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        'AWS4-HMAC-SHA256 Credential=a, Signature=b',
      ),
    ],
  ])('with the header "Authorization: %s" is refused with what is wrong with it', (value, message) => {
    const request = withHeader(withHeader(signed(), 'x-amz-date', undefined), 'authorization', value);
    const found = failure(request);
    expect(found).toEqual({ kind: 'incomplete', message });
    expect(JSON.stringify(found)).not.toMatch(/secret-token|c2VjcmV0/);
  });

  test('with another algorithm in the header is refused with its name', () => {
    const request = authorization(signed(), (value) => value.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA512'));
    expect(failure(request)).toEqual({
      kind: 'incomplete',
      message: "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). ",
    });
  });

  test.each(['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'])(
    'without %s in the query is refused with its name',
    (name) => {
      const request = signed({ expiresSeconds: 60 });
      const rawQuery = request.rawQuery.replace(new RegExp(`&${name}=[^&]*`), '');
      expect(failure({ ...request, rawQuery })).toEqual({
        kind: 'incomplete',
        message: `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`,
      });
    },
  );

  test('with a credential without a region is refused', () => {
    const request = authorization(signed(), (value) => value.replace('/us-east-1', ''));
    expect(failure(request)).toEqual({
      kind: 'incomplete',
      message:
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20260101/execute-api/aws4_request'",
    });
  });

  test.each(['yesterday', '20260101T250000Z', '20260230T000000Z', '20260101120000'])(
    'with the date %s is refused',
    (date) => {
      expect(failure(withHeader(signed(), 'x-amz-date', date))).toEqual({
        kind: 'incomplete',
        message: `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      });
    },
  );
});

describe('the scope of a request', () => {
  test.each([
    ['header', {}],
    ['query', { expiresSeconds: 60 }],
  ])('is read without verification (%s)', (_form, options) => {
    expect(scopeOf(signed(options))).toMatchObject({
      accessKeyId: 'AKIDEXAMPLE',
      date: '20260101',
      region: 'us-east-1',
      service: 'execute-api',
    });
  });

  test.each([
    'Bearer x',
    'AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0',
    'AWS4-HMAC-SHA256 Credential=a/20260101/r/s/other, SignedHeaders=host, Signature=0',
  ])('is not found in %s', (value) => {
    expect(scopeOf(withHeader(signed(), 'authorization', value))).toBeUndefined();
  });
});
