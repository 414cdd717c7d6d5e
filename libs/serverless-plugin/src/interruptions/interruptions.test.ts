import { deploymentWith, invokeRole } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { addInvokeRoles } from '../template/callers.ts';
import { addCustomDomain } from '../template/custom-domain.ts';
import { makePrivate } from '../template/private-api.ts';
import { applyAccessMode } from '../template/resource-policy.ts';
import { interruptionsOf } from './interruptions.ts';

const certificateArn =
  'arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012';
const domain = { name: 'api.example.com', certificateArn };

/** The API's template under these settings. */
function template(settings: object = {}, more = {}): Template {
  const deployment = deploymentWith(settings);
  const { customDomain, trustedCallerRoles, trustConditions } = deployment.settings;
  const role = invokeRole('GET/sender');
  const [trust] = role.Properties.AssumeRolePolicyDocument.Statement as { Condition: object }[];
  trust!.Condition = { ArnEquals: { 'aws:PrincipalArn': trustedCallerRoles }, StringEquals: trustConditions };
  const made: Template = {
    Resources: {
      ApiGatewayRestApi: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          EndpointConfiguration: { Types: ['REGIONAL'] },
          DisableExecuteApiEndpoint: customDomain?.disableDefaultEndpoint,
        },
      },
      ApiGatewayStage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'dev' } },
      InvokeRole: role,
      Orders: { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: [{ AttributeName: 'id' }] } },
      ...more,
    },
    Outputs: { ApiUrl: { Value: 'https://aws' } },
  };
  for (const step of [addInvokeRoles, addCustomDomain, applyAccessMode, makePrivate]) step(made, deployment);
  return made;
}

const between = (deployed: Template, next: Template) =>
  interruptionsOf({ stage: 'dev', callers: ['billing'], deployed, next });

const privateApi = {
  vpcEndpointIds: ['vpce-0123456789abcdef0'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const billing = { accountId: '333333333333', roleName: 'billing', externalId: 'billing-id' };

test.each<[string, object, object]>([
  ['nothing', {}, {}],
  ['a domain beside the URL of AWS', {}, { customDomain: domain }],
  [
    'the URL of AWS disabled beside a domain',
    { customDomain: domain },
    { customDomain: { ...domain, disableDefaultEndpoint: true } },
  ],
  [
    'the external ID, the old one kept',
    { externalId: 'old-id' },
    { externalId: 'new-id', previousExternalId: 'old-id' },
  ],
  [
    'the old external ID removed',
    { externalId: 'new-id', previousExternalId: 'old-id' },
    { externalId: 'new-id' },
  ],
  [
    'the caller’s role, the old one kept',
    { callerRoleName: 'old' },
    { callerRoleName: 'new', previousCallerRoleName: 'old' },
  ],
  [
    'the access mode, the old one kept',
    {},
    { accessMode: 'resource-policy', previousAccessMode: 'assume-role' },
  ],
  [
    'the old access mode removed',
    { accessMode: 'resource-policy', previousAccessMode: 'assume-role' },
    { accessMode: 'resource-policy' },
  ],
  ['a further caller', {}, { callers: { billing } }],
  [
    'the rights of a caller',
    { callers: { billing } },
    { callers: { billing: { ...billing, routes: ['GET /sender'] } } },
  ],
  ['an organization', {}, { organizationId: 'o-a1b2c3d4e5' }],
  ['a caller that is taken out', { callers: { billing } }, {}],
  [
    'a caller’s new name, the old one kept',
    { callers: { billing } },
    { callers: { billing, invoices: billing } },
  ],
  ['the old name removed', { callers: { billing, invoices: billing } }, { callers: { invoices: billing } }],
  [
    'the name of a caller that assumes no role',
    { accessMode: 'resource-policy', callers: { billing } },
    { accessMode: 'resource-policy', callers: { invoices: billing } },
  ],
  [
    'a VPC endpoint, the old one kept',
    { privateApi },
    {
      privateApi: { ...privateApi, vpcEndpointIds: ['vpce-0fedcba9876543210', ...privateApi.vpcEndpointIds] },
    },
  ],
  [
    'the old VPC endpoint removed',
    {
      privateApi: { ...privateApi, vpcEndpointIds: ['vpce-0fedcba9876543210', ...privateApi.vpcEndpointIds] },
    },
    { privateApi: { ...privateApi, vpcEndpointIds: ['vpce-0fedcba9876543210'] } },
  ],
])('a change of %s interrupts nobody', (_, before, after) => {
  expect(between(template(before), template(after))).toEqual([]);
});

test.each<[string, object, object, string, string]>([
  [
    'the name of the domain',
    { customDomain: domain },
    { customDomain: { ...domain, name: 'new.example.com' } },
    'no longer answers at https://api.example.com: it gets https://new.example.com',
    '--param apiUrl=',
  ],
  [
    'the base path',
    { customDomain: { ...domain, basePath: 'v1' } },
    { customDomain: { ...domain, basePath: 'v2' } },
    'https://api.example.com/v1: it gets https://api.example.com/v2',
    '--param apiUrl=',
  ],
  ['a removed domain', { customDomain: domain }, {}, 'the API loses its domain', '--param apiUrl='],
  [
    'a domain that takes the place of the URL of AWS',
    {},
    { customDomain: { ...domain, disableDefaultEndpoint: true } },
    'no longer answers at AWS’s URL',
    'Leave out customDomain.disableDefaultEndpoint',
  ],
  [
    'a public API that becomes private',
    {},
    { privateApi },
    'changes from public to private',
    'Deploy another stage',
  ],
  [
    'the external ID',
    { externalId: 'old-id' },
    { externalId: 'new-id' },
    'no longer admits the external ID with which the caller runs',
    'Set previousExternalId of the stage',
  ],
  [
    'the external ID back to the previous one',
    { externalId: 'new-id', previousExternalId: 'old-id' },
    { externalId: 'old-id' },
    'no longer admits the external ID with which the caller runs',
    'Set previousExternalId of the stage',
  ],
  [
    'the caller’s role',
    { callerRoleName: 'old' },
    { callerRoleName: 'new' },
    'because callerRoleName has changed, or the line "service:"',
    'Set previousCallerRoleName of the stage',
  ],
  [
    'the role of a further caller',
    { callers: { billing } },
    { callers: { billing: { ...billing, roleName: 'invoices' } } },
    'the role with which billing runs',
    'Set previousRoleName of the entry of billing',
  ],
  [
    'the name of a further caller',
    { callers: { billing } },
    { callers: { invoices: billing } },
    'InvokeRoleBilling is replaced by InvokeRoleInvoices',
    'Keep the old name',
  ],
  [
    'the VPC endpoint',
    { privateApi },
    { privateApi: { ...privateApi, vpcEndpointIds: ['vpce-0fedcba9876543210'] } },
    'no longer answers through vpce-0123456789abcdef0',
    'Set privateApi.vpcEndpointIds: [vpce-0fedcba9876543210, vpce-0123456789abcdef0]',
  ],
  [
    'the access mode',
    {},
    { accessMode: 'resource-policy' },
    'by resource-policy only, and those that run use assume-role',
    'Set previousAccessMode: assume-role',
  ],
  [
    'the access mode back',
    { accessMode: 'resource-policy' },
    {},
    'by assume-role only, and those that run use resource-policy',
    'Set previousAccessMode: resource-policy',
  ],
  [
    'the role in access mode resource-policy',
    { accessMode: 'resource-policy', callerRoleName: 'old' },
    { accessMode: 'resource-policy', callerRoleName: 'new' },
    'because callerRoleName has changed',
    'Set previousCallerRoleName',
  ],
])(
  'a change of %s is named, with the order of steps that needs no outage',
  (_, before, after, problem, step) => {
    const [found, ...others] = between(template(before), template(after));
    expect(others).toEqual([]);
    expect(found?.problem.replaceAll("'", '’')).toContain(problem);
    expect(found?.steps.join(' ')).toContain(step);
  },
);

test('a rollback that takes the newer of two access modes away is named: callers that run may use it', () => {
  const both = template({ accessMode: 'resource-policy', previousAccessMode: 'assume-role' });
  const change = { stage: 'dev', callers: [], deployed: both, next: template() };
  expect(interruptionsOf(change)).toEqual([]);
  expect(interruptionsOf({ ...change, goesBack: true })).toMatchObject([
    { problem: expect.stringContaining('by assume-role only, and those that run use resource-policy') },
  ]);
});

test('an invoke role and a table that CloudFormation would replace are named with the property', () => {
  const role = template();
  role.Resources.InvokeRole = {
    ...invokeRole('GET/sender'),
    Properties: { ...role.Resources.InvokeRole?.Properties, RoleName: 'other' },
  };
  expect(between(template(), role)).toMatchObject([
    { problem: expect.stringContaining('InvokeRole is replaced, because its RoleName changes') },
  ]);
  const Orders = { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: [{ AttributeName: 'customer' }] } };
  expect(between(template(), template({}, { Orders }))).toMatchObject([
    {
      problem: expect.stringContaining(
        'The table Orders is replaced by an empty one, because its KeySchema changes',
      ),
    },
  ]);
});

const attribute = (AttributeName: string, AttributeType: string) => ({ AttributeName, AttributeType });

// Of CloudFormation's reference: "Replacement if you edit an existing AttributeDefinition".
test.each<[string, object, string | undefined]>([
  ['the type of its key', { AttributeDefinitions: [attribute('id', 'N')] }, 'AttributeDefinitions'],
  ['a further attribute', { AttributeDefinitions: [attribute('day', 'S'), attribute('id', 'S')] }, undefined],
  ['its local indexes', { LocalSecondaryIndexes: [{ IndexName: 'day' }] }, 'LocalSecondaryIndexes'],
  ['its global indexes', { GlobalSecondaryIndexes: [{ IndexName: 'day' }] }, undefined],
])('a table is replaced if CloudFormation says so: %s', (_, more, property) => {
  const [before, after] = [{}, more].map((properties) => {
    const Properties = { AttributeDefinitions: [attribute('id', 'S')], ...properties };
    return template({}, { Orders: { Type: 'AWS::DynamoDB::Table', Properties } });
  }) as [Template, Template];
  expect(between(before, after).map(({ problem }) => problem)).toEqual(
    property === undefined ? [] : [expect.stringContaining(`because its ${property} changes`)],
  );
});

test.each([
  ['Delete', 'is deleted with its items'],
  ['Retain', 'stays in the account'],
])('a table of DeletionPolicy %s that is taken out of the template %s', (DeletionPolicy, end) => {
  const [before, without] = [template(), template()];
  Object.assign(before.Resources.Orders as object, { DeletionPolicy });
  delete without.Resources.Orders;
  expect(between(before, without)).toMatchObject([
    { problem: expect.stringContaining(`Orders is no longer in the template, and ${end}.`) },
  ]);
});

test('a stage of API Gateway that gets another name is named, unless callers use a domain', () => {
  const v2 = { ApiGatewayStage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'v2' } } };
  expect(between(template(), template({}, v2))).toMatchObject([
    { problem: expect.stringContaining('stage dev is replaced by v2') },
  ]);
  const behindDomain = { customDomain: domain };
  expect(between(template(behindDomain), template(behindDomain, v2))).toEqual([]);
});

test('a stack whose first deployment has failed has no callers yet', () => {
  const bucket = { Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } } as unknown as Template;
  expect(between(bucket, template({ customDomain: { ...domain, disableDefaultEndpoint: true } }))).toEqual(
    [],
  );
});
