import { createWorkbench, deployApi } from '../apigateway/workbench.testing.ts';
import { allowInvoke, createGateway, type GatewayOptions, summary } from './gateway.testing.ts';

const endpoint = 'vpce-0123456789abcdef0';
const other = 'vpce-0fedcba9876543210';

const policyFor = (...endpoints: string[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'OnlyThroughEndpoint',
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } },
    },
  ],
});

const privateApi = (endpoints: string[], VpcEndpointIds = [endpoint, other]): GatewayOptions => ({
  api: { EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds }, Policy: policyFor(...endpoints) },
});

/** @param hostSuffix text after the API's ID in the host */
async function call(options: GatewayOptions, hostSuffix: string) {
  const gateway = await createGateway(options);
  const host = gateway.host.replace('.', `${hostSuffix}.`);
  return { gateway, answer: summary(await gateway.send({ host })) };
}

test('a private API answers through its VPC endpoint, and the function sees the endpoint', async () => {
  const { gateway, answer } = await call(privateApi([endpoint]), `-${endpoint}`);
  expect(answer.status).toBe(200);
  expect(gateway.invoked[0]?.event.requestContext).toMatchObject({
    identity: { vpceId: endpoint },
    domainPrefix: `${gateway.restApiId}-${endpoint}`,
    apiId: gateway.restApiId,
  });
});

test('the policy of a private API can deny a VPC endpoint', async () => {
  const { answer } = await call(privateApi([other]), `-${endpoint}`);
  expect(answer).toMatchObject({ status: 403, errorType: 'AccessDeniedException' });
  expect(answer.body).toContain('with an explicit deny in a resource-based policy');
});

test('a request through an endpoint has no aws:SourceIp', async () => {
  const policy = allowInvoke('*');
  const [statement] = policy.document.Statement as object[];
  const Condition = { IpAddress: { 'aws:SourceIp': '127.0.0.1' } };
  const identityPolicies = [
    { ...policy, document: { ...policy.document, Statement: [{ ...statement, Condition }] } },
  ];
  const { answer } = await call({ ...privateApi([endpoint]), identityPolicies }, `-${endpoint}`);
  expect(answer).toMatchObject({ status: 403, errorType: 'AccessDeniedException' });
});

test.each([
  ['a private API at its own host', privateApi([endpoint]), ''],
  ['a private API through an endpoint of another API', privateApi([endpoint], [other]), `-${endpoint}`],
  ['a public API through an endpoint', {}, `-${endpoint}`],
])('%s is forbidden', async (_what, options, hostSuffix) => {
  const { gateway, answer } = await call(options, hostSuffix);
  expect(answer).toMatchObject({ status: 403, errorType: 'ForbiddenException' });
  expect(gateway.invoked).toEqual([]);
});

test('a private API without a resource policy cannot be deployed', async () => {
  const api = { EndpointConfiguration: { Types: ['PRIVATE'] } };
  await expect(deployApi(createWorkbench(), { api, routes: [{ path: '/a' }] })).rejects.toThrow(
    "Private REST API doesn't have a resource policy attached to it",
  );
});

test('VPC endpoints are for private APIs only', async () => {
  const api = { EndpointConfiguration: { Types: ['REGIONAL'], VpcEndpointIds: [endpoint] } };
  await expect(deployApi(createWorkbench(), { api, routes: [{ path: '/a' }] })).rejects.toThrow(
    'VPCEndpoints can only be specified with PRIVATE apis.',
  );
});
