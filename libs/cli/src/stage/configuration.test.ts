import { compareConfiguration, compareWithEntry } from './configuration.ts';

const outputs = new Map([
  ['ApiUrl', 'https://a.execute-api.eu-west-1.amazonaws.com/dev'],
  ['InvokeRoleArn', 'arn:aws:iam::111111111111:role/invoke'],
]);
const sound = {
  API_URL: 'https://a.execute-api.eu-west-1.amazonaws.com/dev',
  INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke',
  EXTERNAL_ID: 'x',
};

test('a caller that is configured with the outputs of the api stack is sound', () => {
  expect(compareConfiguration({ environment: sound }, outputs)).toMatchObject({ state: 'holds' });
});

test('a caller without a role to assume is sound, too: the API may admit it by its resource policy', () => {
  const environment = { API_URL: sound.API_URL };
  expect(compareConfiguration({ environment }, outputs)).toMatchObject({ state: 'holds' });
});

test.each([
  [
    'another API',
    { ...sound, API_URL: 'https://b' },
    /API_URL is https:\/\/b, and the api stack's ApiUrl is https:\/\/a\./,
  ],
  ['no role', { ...sound, INVOKE_ROLE_ARN: undefined }, /INVOKE_ROLE_ARN is not set/],
  ['an external ID alone', { API_URL: sound.API_URL, EXTERNAL_ID: 'x' }, /INVOKE_ROLE_ARN is not set/],
  ['no external ID', { ...sound, EXTERNAL_ID: undefined }, /EXTERNAL_ID is not set/],
])('a caller that has %s is reported with the variable and its value', (_what, environment, message) => {
  const defined = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { state, problem } = compareConfiguration({ environment: defined }, outputs);
  expect(state).toBe('breaks');
  expect(problem).toMatch(message);
});

test('the configuration of a caller that could not be read is not judged', () => {
  const unread = { accountId: '222222222222', permission: 'lambda:GetFunctionConfiguration on caller' };
  expect(compareConfiguration({ environment: {}, unread }, outputs)).toMatchObject({
    state: 'unread',
    unread: [unread],
  });
});

describe('a caller of another API', () => {
  const entry = {
    name: 'billing',
    url: 'https://b.execute-api.eu-west-1.amazonaws.com/prod',
    accessMode: 'assume-role',
    invokeRoleArn: 'arn:aws:iam::333333333333:role/billing',
    externalId: 'billing-id',
  } as const;
  const deployed = {
    BILLING_API_URL: entry.url,
    BILLING_INVOKE_ROLE_ARN: entry.invokeRoleArn,
    BILLING_EXTERNAL_ID: entry.externalId,
  };
  const compare = (environment: Readonly<Record<string, string>>, change: object = {}) =>
    compareWithEntry({ environment }, { ...entry, ...change }, 'dev.apis.billing');

  test('that was deployed with its entry is sound, in both access modes', () => {
    expect(compare(deployed)).toMatchObject({ state: 'holds' });
    expect(compare({ BILLING_API_URL: entry.url }, { accessMode: 'resource-policy' })).toMatchObject({
      state: 'holds',
    });
  });

  test('whose entry was changed afterwards is reported, without the external ID', () => {
    const { state, problem = '' } = compare(deployed, { url: 'https://c', externalId: 'next' });
    expect(state).toBe('breaks');
    expect(problem).toBe(
      `BILLING_API_URL is ${entry.url}, and dev.apis.billing.url is https://c. BILLING_EXTERNAL_ID is not dev.apis.billing.externalId.`,
    );
  });
});
