import { hash } from 'node:crypto';
import { apiEvent } from './event.testing.ts';
import { idempotencyToken } from './idempotency-token.ts';

const role = 'arn:aws:sts::111111111111:assumed-role/invoke';

/** The event of a request with a key. */
const keyed = (given: Parameters<typeof apiEvent>[0] = {}) =>
  apiEvent({
    headers: { 'idempotency-KEY': 'order-42' },
    userArn: `${role}/caller`,
    body: '{"a":1}',
    multiValueQueryStringParameters: { to: ['alice', 'bob'], cc: ['carol'] },
    ...given,
  });

// RFC 9562, section 5.8: version 8 is for a UUID that a program makes from data that it chooses.
const UUID = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test('a token is a UUID of version 8', () => {
  expect(idempotencyToken(keyed())).toMatch(UUID);
});

test('a token is made of the SHA-256 of caller, key, method, path, body and query', () => {
  const parts = [
    role,
    'order-42',
    'POST',
    '/messages',
    '{"a":1}',
    [
      ['cc', ['carol']],
      ['to', ['alice', 'bob']],
    ],
  ];
  const digest = hash('sha256', JSON.stringify(parts));
  // Without the hyphens, and without the digits for version and variant.
  const significant = (hex: string) => hex.slice(0, 12) + hex.slice(13, 16) + hex.slice(17, 32);
  expect(significant(idempotencyToken(keyed()).replaceAll('-', ''))).toBe(significant(digest));
});

test.each<[string, Parameters<typeof apiEvent>[0]]>([
  ['another session of the role', { userArn: `${role}/elsewhere` }],
  ['a custom domain with a base path', { path: '/exchange/messages' }],
  [
    'another order of the query parameters',
    { multiValueQueryStringParameters: { cc: ['carol'], to: ['alice', 'bob'] } },
  ],
])('%s gives the same token', (_what, given) => {
  expect(idempotencyToken(keyed(given))).toBe(idempotencyToken(keyed()));
});

test.each<[string, Parameters<typeof apiEvent>[0]]>([
  ['another caller', { userArn: `${role}-2/caller` }],
  ['another key', { headers: { 'Idempotency-Key': 'order-43' } }],
  ['another method', { httpMethod: 'PATCH' }],
  ['another path', { path: '/letters', resourcePath: '/letters' }],
  ['another body', { body: '{"a":2}' }],
  ['no body', { body: null }],
  ['another query', { multiValueQueryStringParameters: { to: ['alice'], cc: ['carol'] } }],
  ['no query', { multiValueQueryStringParameters: null }],
])('%s gives another token', (_what, given) => {
  expect(idempotencyToken(keyed(given))).not.toBe(idempotencyToken(keyed()));
});

test('without a key, each token is new', () => {
  const tokens = [1, 2].map(() => idempotencyToken(keyed({ headers: null })));
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) expect(token).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
});
