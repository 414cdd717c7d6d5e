import fc from 'fast-check';
import { anonymize, anonymizeNames, anonymizeOutcome } from './anonymize.ts';

test('AWS’s own words are kept, and names and IDs are not', () => {
  expect(
    anonymize(
      'User: arn:aws:sts::123456789012:assumed-role/acme-invoke/acme-caller is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********9012:a1b2c3d4e5/prod/GET/sender because no identity-based policy allows the execute-api:Invoke action',
    ),
  ).toBe(
    'User: … is not authorized to perform: execute-api:Invoke on resource: … because no identity-based policy allows the execute-api:Invoke action',
  );
  expect(
    anonymize('Signature expired: 20260102T030405Z is now earlier than 20260102T031405Z (… - 5 min.)'),
  ).toBe('Signature expired: … is now earlier than … 5 min.)');
});

test.each([
  'aws:PrincipalArn',
  'sts:ExternalId',
  'sts:AssumeRole',
  'execute-api:Invoke',
  'lambda:InvokeFunction',
  'dynamodb:GetItem',
])('%s is a word of AWS, and not a name', (word) => {
  expect(anonymize(`no policy allows ${word}`)).toBe(`no policy allows ${word}`);
});

const hostile = {
  'an account ID': '123456789012',
  'an account ID in groups': '1234-5678-9012',
  'a name': 'acme-payments',
  'a name in capitals': 'ACME',
  'a name of one letter': 'X',
  'a name within quotes': '"acme"',
  'a name with punctuation': '(acme),',
  'a name joined to a known word': 'policy/acme',
  'a known word joined to a name': 'acme.policy',
  'an ARN': 'arn:aws-us-gov:iam::123456789012:role/acme',
  'a host': 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com',
  'a URL': 'https://acme.example/prod',
  'an IP address': '203.0.113.7',
  'a request ID': '3017f8df-7366-4da5-bf36-3580cadca0d2',
  'an access key': 'AKIAIOSFODNN7EXAMPLE',
  'a mail address': 'jane.doe@acme.example',
  'an organization': 'o-a1b2c3d4e5',
  'a region': 'eu-west-1',
  'a number': '42',
  'another script': '株式会社',
  'an escape sequence': '\u001b[31macme',
};

test.each(Object.entries(hostile))('%s is not kept, wherever it is', (_what, text) => {
  for (const message of [text, `User: ${text} is not authorized`, `no ${text}`, `${text}\n${text}`]) {
    expect(anonymize(message)).not.toContain(text);
    expect(anonymize(message)).toContain('…');
  }
  expect(anonymizeOutcome(text)).toBe('…');
  expect(anonymizeOutcome(`403 ${text}`)).toMatch(/^(403 )?…$/);
});

test('whatever a message says, only known words are kept', () => {
  const known = (word: string) => anonymize(word) === word;
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      for (const word of anonymize(message).split(' ')) expect(word === '' || known(word)).toBe(true);
      expect(anonymize(anonymize(message))).toBe(anonymize(message));
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9]{3,12}-[a-z0-9]{2,12}$/), (name) => {
      fc.pre(name !== 'identity-based' && name !== 'resource-based');
      expect(anonymize(`User: ${name}`)).toBe('User: …');
    }),
  );
});

test('an outcome keeps its status, AWS’s error types and this project’s own words', () => {
  for (const outcome of ['200', '403 AccessDenied', 'denied', 'as configured']) {
    expect(anonymizeOutcome(outcome)).toBe(outcome);
  }
  expect(anonymizeOutcome('403 AcmeException')).toBe('403 …');
  expect(anonymizeOutcome('999')).toBe('…');
});

test('names have numbers in the place of operations and paths, the same wherever one is named', () => {
  expect(
    anonymizeNames([
      'sendOrder (POST /orders)',
      'unsigned POST /orders',
      'account (GET /account)',
      'sendOrder, twice with one key',
      'function of GET /account, invoked',
      'account B’s profile signs itself',
    ]),
  ).toEqual([
    'operation 1 (POST route 1)',
    'unsigned POST route 1',
    'operation 2 (GET route 2)',
    'operation 1, twice with one key',
    'function of GET route 2, invoked',
    'account B’s profile signs itself',
  ]);
});
