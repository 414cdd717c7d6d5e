import { createWorkbench, deployApi } from '../workbench.testing.ts';

const certificate = 'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
const domain = {
  DomainName: 'api.example.com',
  RegionalCertificateArn: certificate,
  EndpointConfiguration: { Types: ['REGIONAL'] },
};

test('a new custom domain has a certificate that clients trust', async () => {
  const trusted: string[] = [];
  const workbench = createWorkbench({ trustHost: async (host) => void trusted.push(host) });
  const { physicalId, attributes } = await workbench.create('AWS::ApiGateway::DomainName', domain);
  expect(trusted).toEqual(['api.example.com']);
  expect(physicalId).toBe('api.example.com');
  expect(attributes.RegionalDomainName).toMatch(
    /^d-[a-z0-9]{10}\.execute-api\.eu-central-1\.amazonaws\.com$/,
  );
});

test.each([
  [{ DomainName: '*.example.com' }, 'without wildcards'],
  [{ DomainName: 'API.example.com' }, 'in lower case'],
  [{ DomainName: 'localhost' }, 'Invalid domain name'],
  [{ DomainName: '127.0.0.1' }, 'Invalid domain name'],
  [{ DomainName: 'a.execute-api.eu-central-1.amazonaws.com' }, 'belongs to AWS'],
  [{ DomainName: 'a.execute-api.us-iso-east-1.c2s.ic.gov' }, 'belongs to AWS'],
  [{ DomainName: 'api.aws' }, 'belongs to AWS'],
  [
    { RegionalCertificateArn: certificate.replace('eu-central-1', 'us-east-1') },
    "must be in 'eu-central-1', and in the account 111111111111",
  ],
  [{ RegionalCertificateArn: certificate.replaceAll('111111111111', '222222222222') }, 'Invalid certificate'],
])('a custom domain with %j is refused', async (properties, message) => {
  const created = createWorkbench().create('AWS::ApiGateway::DomainName', { ...domain, ...properties });
  await expect(created).rejects.toThrow(message);
});

test('a custom domain exists once, changes its certificate in place, and is deleted with its mappings', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  const create = () => workbench.create('AWS::ApiGateway::DomainName', domain);
  const created = await create();
  await expect(create()).rejects.toThrow('The domain name you provided already exists.');
  const renewed = { ...domain, RegionalCertificateArn: `${certificate.slice(0, -1)}3` };
  const updated = await workbench.update('AWS::ApiGateway::DomainName', created, renewed, domain);
  expect(updated).toEqual(created);

  const mapping = { DomainName: 'api.example.com', RestApiId: restApiId, Stage: 'dev' };
  await workbench.create('AWS::ApiGateway::BasePathMapping', mapping);
  await expect(workbench.create('AWS::ApiGateway::BasePathMapping', mapping)).rejects.toThrow(
    'Base path already exists for this domain name',
  );
  await workbench.remove('AWS::ApiGateway::DomainName', created, domain);
  await workbench.remove('AWS::ApiGateway::DomainName', created, domain);
  expect(workbench.apis.domainNames.byHost('api.example.com')).toBeUndefined();
  await create();
  expect(workbench.apis.domainNames.byHost('api.example.com')?.mappings.size).toBe(0);
});

test('a mapping can be moved to another stage, and deleted', async () => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  await workbench.create('AWS::ApiGateway::DomainName', domain);
  const mapping = { DomainName: 'api.example.com', BasePath: 'v1', RestApiId: restApiId };
  const created = await workbench.create('AWS::ApiGateway::BasePathMapping', mapping);
  expect(created.physicalId).toBe('api.example.com|v1');
  const mappings = () => workbench.apis.domainNames.byHost('api.example.com')?.mappings;
  await workbench.update('AWS::ApiGateway::BasePathMapping', created, { ...mapping, Stage: 'dev' }, mapping);
  expect(mappings()?.get('v1')).toMatchObject({ apiId: restApiId, stageName: 'dev' });
  await workbench.remove('AWS::ApiGateway::BasePathMapping', created, mapping);
  expect(mappings()?.size).toBe(0);
});

test.each([
  [{ BasePath: 'a/b' }, 'Invalid base path'],
  [{ RestApiId: 'abcdefghij' }, 'Invalid API identifier'],
  [{ Stage: 'prod' }, 'Invalid stage identifier'],
  [{ DomainName: 'other.example.com' }, 'Invalid domain name identifier'],
])('a mapping with %j is refused', async (properties, message) => {
  const workbench = createWorkbench();
  const { restApiId } = await deployApi(workbench, { routes: [{ path: '/a' }] });
  await workbench.create('AWS::ApiGateway::DomainName', domain);
  const mapping = { DomainName: 'api.example.com', RestApiId: restApiId, ...properties };
  await expect(workbench.create('AWS::ApiGateway::BasePathMapping', mapping)).rejects.toThrow(message);
});
