import { meaningOf } from './meaning.ts';
import { readRefusal } from './read-refusal.ts';

const meaning = (message: string) => {
  const refusal = readRefusal(message);
  if (refusal === undefined) throw new Error(message);
  return meaningOf(refusal);
};
const invoke = (end: string) =>
  `User: arn:aws:sts::222222222222:assumed-role/billing/s is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********1111:abc123/prod/GET/orders${end}`;

test.each([
  ['identity-based policy', /^The identity-based policy does not allow it\. It is in account 222222222222/],
  ['permissions boundary', /account 222222222222/],
  ['resource-based policy', /It is in account \*{8}1111, of the resource/],
  ['service control policy', /of the AWS organization/],
  ['VPC endpoint policy', /of the VPC endpoint/],
])('a missing allow in a %s names the account that has it', (policy, words) => {
  const { means, tellsCause } = meaning(invoke(` because no ${policy} allows the execute-api:Invoke action`));
  expect(means).toMatch(words);
  expect(tellsCause).toBe(true);
});

test('a deny is reported as such, and an API must be deployed again after a change of its policy', () => {
  const { means, advice } = meaning(invoke(' with an explicit deny in a resource-based policy'));
  expect(means).toContain('denies it');
  expect(advice.join(' ')).toContain('deployed again');
});

test.each([
  [
    'service control policy',
    'arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1',
    /management account 999999999999.* aws organizations describe-policy --policy-id p-1$/,
  ],
  [
    'identity-based policy',
    'arn:aws:iam::222222222222:policy/Deny',
    /aws iam get-policy-version --policy-arn arn:aws:iam::222222222222:policy\/Deny /,
  ],
  [
    'identity-based policy',
    'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3',
    /policy\/AWSCompromisedKeyQuarantineV3 /,
  ],
])('the %s that AWS names is shown, with the command that reads it', (kind, arn, command) => {
  const { means, advice } = meaning(invoke(` with an explicit deny in a ${kind}: ${arn}`));
  expect(means).toContain(`The ${kind} ${arn} denies it.`);
  expect(advice[0]).toMatch(command);
});

test('without the kind of policy, both sides are possible', () => {
  const { means, tellsCause } = meaning(
    'User: arn:aws:sts::222222222222:assumed-role/billing/s is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/x',
  );
  expect(means).toMatch(/222222222222.*trust policy of the role in account 111111111111.*does not exist/);
  expect(tellsCause).toBe(false);
});

test('a request without a signature is reported as such', () => {
  const message = invoke('').replace(/User: \S+/, 'User: anonymous');
  expect(meaning(message).means).toContain('took the request as unsigned');
});

test('AssumeRole with the ARN of a user says that only roles can be assumed', () => {
  const { means, tellsCause } = meaning(
    'User: arn:aws:iam::222222222222:user/a is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:user/a',
  );
  expect(means).toContain('not that of a role');
  expect(tellsCause).toBe(true);
});

test.each(['AssumeRole', 'AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML'])(
  'a refusal of %s has AWS’s page on roles that cannot be assumed as its source, and others that on denials',
  (operation) => {
    const message = `User: arn:aws:sts::222222222222:assumed-role/billing/s is not authorized to perform: sts:${operation} on resource: arn:aws:iam::111111111111:role/x`;
    expect(meaning(message).source).toContain('troubleshoot_roles.html');
    expect(meaning(invoke('')).source).toContain('troubleshoot_access-denied.html');
  },
);

test('the end of a message is enough to name the kind of policy', () => {
  expect(meaning('no identity-based policy allows the sts:AssumeRole action').means).toMatch(
    /^The identity-based policy does not allow it/,
  );
});

test.each([
  ['Not authorized to perform sts:AssumeRoleWithWebIdentity', /trust policy.*sts:AssumeRoleWithWebIdentity/],
  ['Not authorized to perform sts:AssumeRoleWithSAML', /trust policy.*sts:AssumeRoleWithSAML/],
])('%s is about the trust policy and its provider, and about no policy of a caller', (message, advice) => {
  const found = meaning(message);
  expect(found.means).toContain('no policy of the caller is asked');
  expect(found.advice.join(' ')).toMatch(advice);
  expect(found.advice.join(' ')).toContain('Principal.Federated');
});

test.each([
  'Token expired: current date/time 1624482533 must be before the expiration date/time1624482335',
  'Token must be redeemed within 5 minutes of issuance',
])('%j is about the token of an identity provider, and not about a signature', (message) => {
  const { means, advice } = meaning(`An error occurred (ExpiredTokenException): ${message}`);
  expect(means).toContain('Nothing is signed in this request');
  expect(advice[0]).toContain('new token');
});

test.each([
  ['sagemaker', "Credential should be scoped to correct service: 'sagemaker'."],
  [
    'es',
    "Credential should be scoped to a valid region, not 'x'. Credential should be scoped to correct service: 'es'.",
  ],
])('the service %s that AWS names is the one to sign for', (service, message) => {
  const advice = meaning(message).advice.join(' ');
  expect(advice).toContain(`Sign for the service ${service}.`);
  expect(advice).not.toContain('execute-api.');
});

test('only a client that signed a call of an API for another service is told to call it with a signing library', () => {
  const advice = meaning("Credential should be scoped to correct service: 'execute-api'.").advice.join(' ');
  expect(advice).toContain('Call the API with a signing library');
  expect(advice).not.toContain('not always the first word of its host');
  const other = meaning("Credential should be scoped to correct service: 'sagemaker'.").advice.join(' ');
  expect(other).toContain('not always the first word of its host');
});

test('a text that ends before the action names the account whose CloudTrail has all of it', () => {
  const { advice } = meaning('User: arn:aws:iam::222222222222:user/a is not authorized');
  expect(advice[0]).toMatch(/CloudTrail of account 222222222222/);
});

test.each([
  ['403 WAF_FILTERED', /web ACL/],
  ['"responseType":"INTEGRATION_FAILURE"', /integrationErrorMessage/],
  ['InvalidGrantException: Service returned error code InvalidGrantException', /aws sso login/],
  ['STS credentials provider: AssumeRole call completed with http status 400', /aws sts assume-role/],
  [
    'The security token included in the request is invalid (endpoint sts.ap-east-1.amazonaws.com)',
    /opt-in.*v2Token/,
  ],
  [
    'Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:role/AWSReservedSSO_Admin_1"',
    /aws-reserved\/sso/,
  ],
])('%s is answered with the next step', (message, advice) => {
  expect(meaning(message).advice.join(' ')).toMatch(advice);
});
