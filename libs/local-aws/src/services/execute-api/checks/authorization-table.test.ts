import { createWorkbench, functionArn, lambdaIntegration } from '../../apigateway/workbench.testing.ts';
import {
  allowInvoke,
  createGateway,
  type GatewayOptions,
  otherCredential,
  ownCredential,
  summary,
} from '../gateway.testing.ts';

type Says = 'Allow' | 'Deny' | 'silent';
type Outcome = 'Allow' | 'Explicit Deny' | 'Implicit Deny';

/**
 * "Policy evaluation outcome tables" of "How API Gateway resource policies affect authorization workflow"
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html), in its order: IAM policy or Lambda
 * authorizer, resource policy, Table A (both in one account), Table B (in different accounts).
 */
const tables: readonly (readonly [identity: Says, policy: Says, tableA: Outcome, tableB: Outcome])[] = [
  ['Allow', 'Allow', 'Allow', 'Allow'],
  ['Allow', 'silent', 'Allow', 'Implicit Deny'],
  ['Allow', 'Deny', 'Explicit Deny', 'Explicit Deny'],
  ['silent', 'Allow', 'Allow', 'Implicit Deny'],
  ['silent', 'silent', 'Implicit Deny', 'Implicit Deny'],
  ['silent', 'Deny', 'Explicit Deny', 'Explicit Deny'],
  ['Deny', 'Allow', 'Explicit Deny', 'Explicit Deny'],
  ['Deny', 'silent', 'Explicit Deny', 'Explicit Deny'],
  ['Deny', 'Deny', 'Explicit Deny', 'Explicit Deny'],
];

const cells = tables.flatMap(([identity, policy, tableA, tableB]) => [
  { account: 'the same' as const, identity, policy, expected: tableA },
  { account: 'another' as const, identity, policy, expected: tableB },
]);

/** The statement of a policy that says this about `GET /messages`. A policy that is silent about it allows something else. */
function statement(says: Says, resource: string) {
  const Effect = says === 'silent' ? 'Allow' : says;
  return {
    Effect,
    Action: 'execute-api:Invoke',
    Resource: `${resource}/*/${says === 'silent' ? 'PUT' : 'GET'}/messages`,
  };
}

const resourcePolicy = (says: Says) => ({
  Version: '2012-10-17',
  Statement: [{ ...statement(says, 'execute-api:'), Principal: '*' }],
});

const document = (says: Says) => ({
  Version: '2012-10-17',
  Statement: [statement(says, 'arn:aws:execute-api:*:*:*')],
});

const authorizerIn = (account: 'the same' | 'another') =>
  functionArn
    .replace('111111111111', account === 'the same' ? '111111111111' : '222222222222')
    .replace('handler', 'authorizer');

/** An API whose method has an authorizer. */
function withAuthorizer(type: string, authorizer: object, options: Partial<GatewayOptions>): GatewayOptions {
  return {
    async prepare(workbench, RestApiId) {
      const { physicalId: AuthorizerId } = await workbench.create('AWS::ApiGateway::Authorizer', {
        RestApiId,
        Name: 'people',
        IdentitySource: 'method.request.header.Authorization',
        ...authorizer,
      });
      return { AuthorizerId };
    },
    routes: [{ path: '/messages', properties: (prepared) => ({ ...prepared, AuthorizationType: type }) }],
    ...options,
  };
}

function lambdaAuthorizer(arn: string, says: Says, options: Partial<GatewayOptions>): GatewayOptions {
  const AuthorizerUri = lambdaIntegration.Uri.replace(functionArn, arn);
  const answers = { [arn]: { principalId: 'someone', policyDocument: document(says) } };
  return withAuthorizer('CUSTOM', { Type: 'TOKEN', AuthorizerUri }, { answers, ...options });
}

const unsigned = { headers: [['authorization', 'Bearer token']] as [string, string][] };

/** The outcome of an answer, in the words of the tables. */
function outcomeOf({ status, body }: ReturnType<typeof summary>): Outcome {
  if (status === 200) return 'Allow';
  expect(status).toBe(403);
  return body.includes('explicit deny') ? 'Explicit Deny' : 'Implicit Deny';
}

test.each(cells)(
  'IAM authorization: $identity by the identity policy and $policy by the resource policy of $account account is $expected',
  async ({ account, identity, policy, expected }) => {
    const identityPolicies = [{ name: 'inline policy', document: document(identity) }];
    const gateway = await createGateway({ api: { Policy: resourcePolicy(policy) }, identityPolicies });
    const credential = account === 'the same' ? ownCredential : otherCredential;
    expect(outcomeOf(summary(await gateway.send({}, { credential })))).toBe(expected);
  },
);

test.each(cells)(
  'Lambda authorizer: $identity by it and $policy by the resource policy of $account account is $expected',
  async ({ account, identity, policy, expected }) => {
    const arn = authorizerIn(account);
    const api = { Policy: resourcePolicy(policy) };
    const gateway = await createGateway(lambdaAuthorizer(arn, identity, { api }));
    const answer = summary(await gateway.sendRaw(unsigned));
    expect(outcomeOf(answer)).toBe(expected);
    // "Before calling the Lambda authorizer, API Gateway first evaluates the policy and checks for any explicit denials."
    const invoked = gateway.invoked.map((one) => one.functionArn);
    const expectedCalls = policy === 'Deny' ? [] : [arn, ...(expected === 'Allow' ? [functionArn] : [])];
    expect(invoked).toEqual(expectedCalls);
  },
);

test.each<[Says, Outcome]>([
  ['Allow', 'Allow'],
  ['silent', 'Implicit Deny'],
  ['Deny', 'Explicit Deny'],
])('no authorization: %s by the resource policy is %s, whoever calls', async (policy, expected) => {
  const routes = [{ path: '/messages', properties: { AuthorizationType: 'NONE' } }];
  const gateway = await createGateway({ api: { Policy: resourcePolicy(policy) }, routes });
  const answers = [
    await gateway.sendRaw({}),
    await gateway.send({}, { credential: ownCredential }),
    await gateway.send({}, { credential: otherCredential }),
  ];
  expect(answers.map((answer) => outcomeOf(summary(answer)))).toEqual([expected, expected, expected]);
});

test.each<Says>(['Allow', 'silent', 'Deny'])(
  'Amazon Cognito: local AWS has no user pools, so nobody is authenticated, and the answer is 401 before the resource policy (%s) is asked',
  async (policy) => {
    const ProviderARNs = ['arn:aws:cognito-idp:eu-central-1:111111111111:userpool/eu-central-1_a'];
    const gateway = await createGateway(
      withAuthorizer(
        'COGNITO_USER_POOLS',
        { Type: 'COGNITO_USER_POOLS', ProviderARNs },
        { api: { Policy: resourcePolicy(policy) } },
      ),
    );
    const { status, body } = summary(await gateway.sendRaw(unsigned));
    expect([status, body]).toEqual([401, '{"message":"Unauthorized"}']);
  },
);

describe('without a resource policy', () => {
  test.each<['the same' | 'another', Says, Outcome]>([
    ['the same', 'Allow', 'Allow'],
    ['the same', 'silent', 'Implicit Deny'],
    ['the same', 'Deny', 'Explicit Deny'],
    // The guide to authorizers of other accounts asks for a permission on the function, and for no policy of the API:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-cross-account-lambda-authorizer.html
    ['another', 'Allow', 'Allow'],
  ])('a Lambda authorizer of %s account decides alone: %s is %s', async (account, says, expected) => {
    const gateway = await createGateway(lambdaAuthorizer(authorizerIn(account), says, {}));
    expect(outcomeOf(summary(await gateway.sendRaw(unsigned)))).toBe(expected);
  });

  test.each<[string, typeof ownCredential, Outcome]>([
    ['the same', ownCredential, 'Allow'],
    ['another', otherCredential, 'Implicit Deny'],
  ])('a signed caller of %s account is answered as by IAM', async (_account, credential, expected) => {
    const gateway = await createGateway({ identityPolicies: [allowInvoke('*')] });
    expect(outcomeOf(summary(await gateway.send({}, { credential })))).toBe(expected);
  });
});

test('HTTP APIs have no resource policies: the template of one is refused', () => {
  const api = { Name: 'api', ProtocolType: 'HTTP', Policy: resourcePolicy('Allow') };
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
  expect(() => createWorkbench().create('AWS::ApiGatewayV2::Api', api)).toThrow(/"Policy"/);
});
