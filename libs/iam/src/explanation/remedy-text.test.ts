import { remedyText } from './remedy-text.ts';

test('a change of an API’s resource policy comes with the advice to deploy the API', () => {
  const { instruction } = remedyText({
    change: 'add statement',
    kind: 'resource-based policy',
    where: 'resource policy of API api (api1)',
    statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:…' },
  });
  expect(instruction).toBe('add to resource policy of API api (api1), and deploy the API again');
});

test.each([
  ['ext-1', 'sts:ExternalId = ext-1'],
  ['ext 1', 'sts:ExternalId = "ext 1"'],
  ['', 'sts:ExternalId = ""'],
])('a value with other than plain characters is quoted: %j', (value, text) => {
  expect(remedyText({ change: 'request', key: 'sts:ExternalId', value }).text).toBe(text);
});
