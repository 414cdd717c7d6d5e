import { remedyText } from './remedy-text.ts';

test('whoever changes an API’s resource policy is told to deploy the API: until then, the policy has no effect', () => {
  const { instruction } = remedyText({
    change: 'add statement',
    kind: 'resource-based policy',
    where: 'resource policy of API api (api1)',
    statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:…' },
  });
  expect(instruction).toBe('add to resource policy of API api (api1), and deploy the API again');
});
