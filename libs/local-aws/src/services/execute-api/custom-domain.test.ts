import { createGateway, headerOf, summary, type TestGateway } from './gateway.testing.ts';

const host = 'api.example.com';
const certificate = 'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
const domain = {
  DomainName: host,
  RegionalCertificateArn: certificate,
  EndpointConfiguration: { Types: ['REGIONAL'] },
};

/** An API behind a custom domain with these mappings. */
async function gatewayAt(mappings: readonly object[], api: object = {}): Promise<TestGateway> {
  const gateway = await createGateway({ api });
  await gateway.workbench.create('AWS::ApiGateway::DomainName', domain);
  for (const mapping of mappings) {
    const properties = { DomainName: host, RestApiId: gateway.restApiId, ...mapping };
    await gateway.workbench.create('AWS::ApiGateway::BasePathMapping', properties);
  }
  return gateway;
}

test.each<[object[], string]>([
  [[{ Stage: 'dev' }], '/messages'],
  [[{ Stage: 'dev', BasePath: '(none)' }], '/messages'],
  [[{ Stage: 'dev', BasePath: 'v1' }], '/v1/messages'],
  [[{ Stage: 'dev', BasePath: 'v1' }], '//v1//messages'],
  [[{ BasePath: 'v1' }], '/v1/dev/messages'],
  [[{}], '/dev/messages'],
  [[{}, { Stage: 'dev', BasePath: 'v1' }], '/v1/messages'],
])('with the mappings %j, the stage answers to %s', async (mappings, rawPath) => {
  const gateway = await gatewayAt(mappings);
  expect(summary(await gateway.send({ host, rawPath }))).toMatchObject({ status: 200 });
});

test.each<[object[], string, string]>([
  [[{ Stage: 'dev', BasePath: 'v1' }], '/messages', 'ForbiddenException'],
  [[{ Stage: 'dev', BasePath: 'v1' }], '/v1x/messages', 'ForbiddenException'],
  [[{ Stage: 'dev', BasePath: 'v1' }], '/V1/messages', 'ForbiddenException'],
  [[{ Stage: 'dev', BasePath: 'v1' }], '/v1/dev/messages', 'MissingAuthenticationTokenException'],
  [[{ Stage: 'dev' }], '/dev/messages', 'MissingAuthenticationTokenException'],
  [[{ BasePath: 'v1' }], '/v1/prod/messages', 'ForbiddenException'],
  [[], '/messages', 'ForbiddenException'],
])('with the mappings %j, %s is refused with %s', async (mappings, rawPath, errorType) => {
  const gateway = await gatewayAt(mappings);
  expect(summary(await gateway.send({ host, rawPath }))).toMatchObject({ status: 403, errorType });
  expect(gateway.invoked).toEqual([]);
});

test('the function sees the base path, and IAM does not', async () => {
  const gateway = await gatewayAt([{ Stage: 'dev', BasePath: 'v1' }]);
  await gateway.send({ host, rawPath: '/v1/messages' });
  expect(gateway.invoked[0]?.event).toMatchObject({
    path: '/v1/messages',
    resource: '/messages',
    requestContext: { path: '/v1/messages', stage: 'dev', domainName: host, domainPrefix: 'api' },
  });
  expect(gateway.trace.events().at(-1)?.decisions[0]).toMatchObject({
    resource: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/dev/GET/messages`,
  });
});

test('a caller signs for the custom domain and the region of the API', async () => {
  const gateway = await gatewayAt([{ Stage: 'dev' }]);
  const own = gateway.signed({ host, rawPath: '/messages' });
  const moved = own.headers.map(
    ([name, value]) => [name, name === 'host' ? gateway.host : value] as [string, string],
  );
  expect(
    summary(await gateway.sendRaw({ ...own, host: gateway.host, rawPath: '/dev/messages', headers: moved })),
  ).toMatchObject({ status: 403, errorType: 'InvalidSignatureException' });
  const elsewhere = await gateway.send({ host, rawPath: '/messages' }, { region: 'us-east-1' });
  expect(summary(elsewhere).body).toContain('Credential should be scoped to a valid region');
  expect(headerOf(elsewhere, 'x-amzn-RequestId')).toBeDefined();
});

test('a custom domain answers if the default endpoint is disabled', async () => {
  const gateway = await gatewayAt([{ Stage: 'dev' }], { DisableExecuteApiEndpoint: true });
  expect((await gateway.send({ host, rawPath: '/messages' })).status).toBe(200);
  expect(summary(await gateway.send({})).errorType).toBe('ForbiddenException');
});
