import { placeInProject } from './places.ts';

const invokeRole = 'arn:aws:iam::111111111111:role/cross-account-api-dev-invoke';
const caller = 'arn:aws:sts::222222222222:assumed-role/cross-account-caller-dev/cross-account-caller-dev';
const invoker = 'arn:aws:sts::111111111111:assumed-role/cross-account-api-dev-invoke/x';
const api = 'arn:aws:execute-api:eu-west-1:111111111111:api1/dev/POST/messages';
const messages = 'arn:aws:lambda:eu-west-1:111111111111:function:cross-account-api-dev-messages';

test.each([
  ['identity-based policy', caller, 'sts:AssumeRole', invokeRole, /^services\/caller.*iamRoleStatements/],
  ['role trust policy', caller, 'sts:AssumeRole', invokeRole, /^services\/api.*AssumeRolePolicyDocument/],
  [
    'role trust policy',
    'lambda.amazonaws.com',
    'sts:AssumeRole',
    'arn:aws:iam::222222222222:role/cross-account-caller-dev',
    /services\/caller/,
  ],
  ['identity-based policy', invoker, 'execute-api:Invoke', api, /^services\/api.*InvokeRole, Policies/],
  ['resource-based policy', invoker, 'execute-api:Invoke', api, /resourcePolicy/],
  ['resource-based policy', 'apigateway.amazonaws.com', 'lambda:InvokeFunction', messages, /deploy again/],
  ['identity-based policy', 'arn:aws:iam::222222222222:user/alice', 'sts:AssumeRole', invokeRole, undefined],
  ['permissions boundary', invoker, 'execute-api:Invoke', api, undefined],
] as const)('the %s of %s for %s on %s', (kind, principalArn, action, resource, place) => {
  const change = { kind, change: 'add', where: '', statement: {} } as const;
  const decision = {
    allowed: true,
    decidedBy: [],
    context: {},
    consulted: [],
    principalArn,
    action,
    resource,
  } as const;
  const found = placeInProject(change, decision);
  if (place === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(place);
});
