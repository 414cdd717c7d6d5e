import fc from 'fast-check';
import { redactExchange } from './exchange.ts';
import { type Redaction, redactBody, redactText, redactValue, renumber } from './redact.ts';
import { readVocabulary } from './vocabulary.ts';

const vocabulary = readVocabulary();
const redaction: Redaction = { key: 'test', vocabulary, known: ['correct horse', 'invoke-api'] };
const redact = (text: string) => renumber(redactText(text, redaction));

test.each([
  ['arn:aws:iam::111122223333:role/orders', 'arn:aws:iam::‹account 1›:role/‹value 1›'],
  [
    'arn:aws:sts::111122223333:assumed-role/shop-x/shop-x',
    'arn:aws:sts::‹account 1›:assumed-role/‹value 1›/‹value 1›',
  ],
  [
    'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
    'https://‹value 1›.execute-api.‹region 1›.amazonaws.com',
  ],
  ['from 203.0.113.7 and 2001:db8::1, ::1', 'from ‹address› and ‹address›, ‹address›'],
  ['2026-12-02T15:59:00.123Z, 20261202T155900Z', '‹time›, ‹time›'],
  ['0a1b2c3d-0000-1111-2222-333344445555', '‹id›'],
  ['123 of 3600; 1111-2222-3333; 111.222.333', '123 of ‹number›; ‹number›; ‹number›'],
  ['AKIAIOSFODNN7EXAMPLE someone@example.com', '‹value 1› ‹value 2›@‹value 3›.com'],
  ['the ID correct horse, role invoke-api-invoke', 'the ID ‹value 1›, role ‹value 2›-invoke'],
  ['a forged ‹account 1›', 'a ‹value 1› ·account 1·'],
])('%s becomes %s', (text, expected) => expect(redact(text)).toBe(expected));

test('what AWS says stays readable, and two names that are equal stay equal', () => {
  expect(
    redact(
      'User: arn:aws:sts::111122223333:assumed-role/shop/s is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/shop',
    ),
  ).toBe(
    'User: arn:aws:sts::‹account 1›:assumed-role/‹value 1›/‹value 2› is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::‹account 2›:role/‹value 1›',
  );
});

test('a policy that IAM sends with percent signs, and JSON in JSON, keep their structure', () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Resource: 'mine' }],
  });
  const kept = {
    '‹json›': { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '‹value 1›' }] },
  };
  for (const text of [policy, encodeURIComponent(policy)]) {
    expect(JSON.parse(renumber(JSON.stringify(redactValue(text, redaction))))).toEqual(kept);
  }
});

/** A secret of some length, of characters that keys, tokens, names and external IDs have. */
const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.@:,'];
const secret = fc
  .string({ unit: fc.constantFrom(...alphabet), minLength: 12, maxLength: 60 })
  .filter((text) => (text.match(/[\p{L}\p{N}]/gu) ?? []).length >= 10)
  // A text of public words and punctuation only says nothing about its owner; what the owner calls a secret is in `known`.
  .filter((text) => redactText(text, redaction) !== text);

const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => JSON.stringify(text).slice(1, -1),
];
const places: readonly ((text: string) => { body: string; type: string })[] = [
  (text) => ({ body: JSON.stringify({ SecretAccessKey: text, [text]: [text] }), type: 'application/json' }),
  (text) => ({ body: JSON.stringify({ message: `denied: ${text}` }), type: 'application/x-amz-json-1.1' }),
  (text) => ({ body: JSON.stringify({ Policy: JSON.stringify({ Sid: text }) }), type: 'application/json' }),
  (text) => ({
    body: new URLSearchParams({ Action: 'AssumeRole', ExternalId: text }).toString(),
    type: 'application/x-www-form-urlencoded',
  }),
  (text) => ({
    body: `<R><SessionToken>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</SessionToken></R>`,
    type: 'text/xml',
  }),
  (text) => ({ body: `plain ${text}`, type: 'text/plain' }),
];

test('no secret is in a recorded exchange, in no place and no encoding', () => {
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom(...encodings),
      fc.constantFrom(...places),
      fc.constantFrom(...places),
      (planted, encode, sent, answered) => {
        const text = encode(planted);
        const exchange = redactExchange(
          {
            method: 'POST',
            host: 'iam.amazonaws.com',
            path: `/${encodeURIComponent(text)}?X-Amz-Security-Token=${encodeURIComponent(text)}`,
            requestHeaders: {
              authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261202/us-east-1/iam/aws4_request, Signature=${'ab'.repeat(32)}`,
              'x-amz-security-token': text,
              'content-type': sent(text).type,
            },
            requestBody: Buffer.from(sent(text).body),
            status: 200,
            headers: {
              'content-type': answered(text).type,
              'x-amzn-requestid': text,
              'x-amzn-errortype': text,
            },
            body: Buffer.from(answered(text).body),
          },
          'step',
          redaction,
        );
        const recorded = JSON.stringify(exchange);
        for (const form of encodings) expect(recorded).not.toContain(form(planted));
        expect(recorded).not.toContain('AKIA');
      },
    ),
  );
});

test('an external ID of public words alone is hidden where the owner’s settings have it', () => {
  const body = Buffer.from(
    new URLSearchParams({ Action: 'AssumeRole', ExternalId: 'correct horse' }).toString(),
  );
  expect(JSON.stringify(redactBody(body, 'application/x-www-form-urlencoded', redaction))).not.toContain(
    'horse',
  );
});

test('account IDs are hidden as numbers, too, and numbers of three digits are not', () => {
  expect(redactValue({ Status: 403, Timeout: 111122223333 }, redaction)).toEqual({
    Status: 403,
    Timeout: expect.stringMatching(/^‹account:/),
  });
});

test('a request to a host that is not AWS, or of a service that is not recorded, is not recorded', () => {
  const raw = {
    method: 'GET',
    path: '/',
    requestBody: Buffer.alloc(0),
    status: 200,
    headers: {},
    body: Buffer.alloc(0),
  };
  const signedFor = (service: string) => ({
    authorization: `x Credential=AKIA/20261202/us-east-1/${service}/aws4_request`,
  });
  const record = (host: string, requestHeaders: Record<string, string>) =>
    redactExchange({ ...raw, host, requestHeaders }, 'step', redaction)?.service;
  expect(record('example.com', signedFor('iam'))).toBeUndefined();
  expect(record('s3.amazonaws.com', signedFor('s3'))).toBeUndefined();
  expect(record('iam.amazonaws.com', signedFor('iam'))).toBe('iam');
  expect(record('a1b2c3d4e5.execute-api.us-east-1.amazonaws.com', {})).toBe('execute-api');
});
