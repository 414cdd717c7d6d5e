import { readEnvironment } from './environment.ts';

const itself = {
  API_URL: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  API_REGION: 'eu-west-1',
};
const asRole = {
  ...itself,
  INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke',
  EXTERNAL_ID: 'an-id',
};

test.each([
  ['with a role to assume', asRole],
  ['without a role to assume', itself],
])('an environment %s is accepted', (_what, environment) => {
  expect(readEnvironment(environment)).toEqual(environment);
});

test.each([
  ['an invoke role without an external ID', { ...asRole, EXTERNAL_ID: undefined }],
  ['an external ID without an invoke role', { ...asRole, INVOKE_ROLE_ARN: undefined }],
])('%s is refused: a variable is missing', (_what, environment) => {
  expect(() => readEnvironment(environment)).toThrow(
    'INVOKE_ROLE_ARN: must be set together with EXTERNAL_ID, or neither',
  );
});

test.each(['API_URL', 'API_REGION'])(
  'without %s, the environment is refused, and the error names the variable',
  (name) => {
    expect(() => readEnvironment({ ...asRole, [name]: undefined })).toThrow(`${name}: `);
  },
);
