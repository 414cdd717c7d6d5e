import fc from 'fast-check';
import { find } from './find.ts';
import { readPolicyDocument } from './policy-document.ts';

test('a document is read in whatever form a service returns it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (value) => {
      const document = {
        Version: '2012-10-17',
        Statement: [{ Condition: JSON.parse(JSON.stringify(value)) }],
      };
      const json = JSON.stringify(document);
      const escaped = JSON.stringify(json).slice(1, -1);
      for (const text of [json, encodeURIComponent(json), escaped]) {
        expect(readPolicyDocument(text, 'policy')).toEqual(document);
      }
    }),
  );
});

test.each(['', 'x', '[]', 'null', '%7', '"text"'])('%j is not a policy document', (text) => {
  expect(() => readPolicyDocument(text, 'resource policy of x')).toThrow(
    /resource policy of x is not a JSON/,
  );
});

test('a document that is not JSON is a fact that could not be read, and its name tells which', async () => {
  const found = await find('111111111111', async () =>
    readPolicyDocument("{'Version': 1}", 'trust policy of role x'),
  );
  expect(found).toEqual({
    unread: { accountId: '111111111111', failure: 'the trust policy of role x is not a JSON document' },
  });
});
