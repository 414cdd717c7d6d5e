import fc from 'fast-check';
import { functionArn, parseFunctionName } from './function-name.ts';

const scope = { accountId: '111111111111', region: 'eu-central-1' };

test.each([
  ['work', undefined, { ...scope, name: 'work' }],
  ['work:3', undefined, { ...scope, name: 'work', qualifier: '3' }],
  ['work', '$LATEST', { ...scope, name: 'work', qualifier: '$LATEST' }],
  ['222222222222:function:work', undefined, { ...scope, accountId: '222222222222', name: 'work' }],
  [
    'arn:aws:lambda:eu-central-1:222222222222:function:work:live',
    'live',
    { ...scope, accountId: '222222222222', name: 'work', qualifier: 'live' },
  ],
])('%s with qualifier %s is read', (text, qualifier, expected) => {
  expect(parseFunctionName(text, scope, qualifier)).toEqual(expected);
});

test.each([
  ['', undefined],
  ['a b', undefined],
  ['../etc', undefined],
  ['work:1:2', undefined],
  ['work', 'not a qualifier'],
  ['work:1', '2'],
  ['arn:aws:s3:::bucket', undefined],
  ['arn:aws:lambda:us-east-1:111111111111:function:work', undefined],
])('%s with qualifier %s is refused', (text, qualifier) => {
  expect(() => parseFunctionName(text, scope, qualifier)).toThrow();
});

test('a formatted ARN is parsed to the same function', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9-_]{1,64}$/);
  fc.assert(
    fc.property(word, fc.option(word, { nil: undefined }), (name, qualifier) => {
      const reference = { ...scope, name, ...(qualifier === undefined ? {} : { qualifier }) };
      expect(parseFunctionName(functionArn(reference), scope)).toEqual(reference);
    }),
  );
});
