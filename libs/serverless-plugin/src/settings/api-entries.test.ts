import { projectWith } from '../project.testing.ts';
import { readStageSettings } from './read.ts';

const URL = 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod';
const ROLE = 'arn:aws:iam::333333333333:role/billing-prod-invoke.shop';
const ARN = 'arn:aws:execute-api:eu-west-1:333333333333:abc123/prod';

const read = (apis: object) =>
  readStageSettings(
    'dev',
    projectWith(
      JSON.stringify({
        dev: {
          region: 'eu-central-1',
          apiAccountId: '111111111111',
          callerAccountId: '222222222222',
          externalId: 'own-id',
          apis,
        },
      }),
    ),
  );

test('another API has the account of its role, and the region of its URL', () => {
  expect(read({ billing: { url: URL, invokeRoleArn: ROLE, externalId: 'billing-id' } }).apis).toEqual([
    {
      name: 'billing',
      url: URL,
      region: 'eu-west-1',
      accessMode: 'assume-role',
      accessModes: ['assume-role'],
      invokeRoleArn: ROLE,
      externalId: 'billing-id',
      accountId: '333333333333',
    },
  ]);
});

test('at a custom domain, the entry names the region', () => {
  const custom = { url: 'https://api.example.com/billing', invokeRoleArn: ROLE };
  expect(read({ billing: { ...custom, region: 'eu-west-1' } }).apis).toMatchObject([{ region: 'eu-west-1' }]);
  expect(() => read({ billing: custom })).toThrow(
    "dev.apis.billing.region is missing. It must be the API's: the URL of a custom domain does not have it",
  );
});

test('in access mode resource-policy, it has its own ARN and routes in the place of a role', () => {
  const entry = { url: URL, accessMode: 'resource-policy', apiArn: ARN, routes: ['GET /invoices'] };
  expect(read({ billing: entry }).apis).toMatchObject([
    { accessModes: ['resource-policy'], accountId: '333333333333', routes: ['GET /invoices'] },
  ]);
  const changing = { ...entry, previousAccessMode: 'assume-role' };
  expect(() => read({ billing: changing })).toThrow(
    'dev.apis.billing.invokeRoleArn is missing. In access mode assume-role, it must be the ARN of the role',
  );
  expect(read({ billing: { ...changing, invokeRoleArn: ROLE } }).apis).toMatchObject([
    { accessModes: ['resource-policy', 'assume-role'] },
  ]);
});

test.each([
  [
    'no URL',
    { url: undefined },
    'dev.apis.billing.url is missing. It must be the URL of the API with its stage',
  ],
  [
    'a URL that is not https',
    { url: 'http://a.example/x' },
    'dev.apis.billing.url is "http://a.example/x". It must be an https URL',
  ],
  ['a URL with a password', { url: 'https://a:b@c.example/x' }, 'It must be an https URL'],
  ['no role', { invokeRoleArn: undefined }, 'dev.apis.billing.invokeRoleArn is missing.'],
  ['a role of another form', { invokeRoleArn: 'billing' }, 'It must be the ARN of a role'],
  [
    'another region than its URL',
    { region: 'us-east-1' },
    'dev.apis.billing.region is "us-east-1", and the URL is in eu-west-1',
  ],
  [
    'the ARN of another API',
    { apiArn: ARN.replace('abc123', 'xyz') },
    'and the URL is that of API abc123 in eu-west-1.',
  ],
  [
    'the ARN of another region',
    { apiArn: ARN.replace('eu-west-1', 'us-east-1') },
    'and the URL is that of API abc123',
  ],
  [
    'resource-policy without an ARN',
    { accessMode: 'resource-policy', routes: ['GET /a'] },
    'dev.apis.billing.apiArn is missing.',
  ],
  [
    'resource-policy without routes',
    { accessMode: 'resource-policy', apiArn: ARN },
    'dev.apis.billing.routes is missing.',
  ],
  ['an unknown setting', { roleArn: ROLE }, 'dev.apis.billing.roleArn is an unknown setting.'],
])('an API with %s is refused', (_what, change, message) => {
  expect(() => read({ billing: { url: URL, invokeRoleArn: ROLE, ...change } })).toThrow(message);
});

test('the names of APIs make variables, and api is that of the project', () => {
  const entry = { url: URL, invokeRoleArn: ROLE };
  expect(() => read({ Billing: entry })).toThrow('must be a name of up to 20 of the characters a-z 0-9 -');
  expect(() => read({ api: entry })).toThrow('must not have the name api: that is the API of this project');
});
