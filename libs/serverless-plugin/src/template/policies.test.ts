import type { Template } from '../framework.ts';
import { projectWith } from '../project.testing.ts';
import { readStageSettings } from '../settings/read.ts';
import { addInvokeRoles } from './callers.ts';
import { guardRoles } from './guardrails.ts';
import { makePrivate } from './private-api.ts';
import { applyAccessMode } from './resource-policy.ts';
import { grantRoutes } from './routes.ts';

/** What varies. Each can be on or off, whatever the others are. */
const VARIANTS = [
  'resource-policy',
  'previousAccessMode',
  'no externalId',
  'organizationId',
  'previous IDs and roles',
  'routes',
  'rolePath',
  'privateApi',
  'additional region',
] as const;
type Variant = (typeof VARIANTS)[number];
type Has = (variant: Variant) => boolean;

const ENDPOINT = 'vpce-0123456789abcdef0';

/** The stage's entry in stages.yml. */
function entryOf(has: Has) {
  const modes = ['assume-role', 'resource-policy'];
  const [accessMode, other] = has('resource-policy') ? modes.toReversed() : modes;
  return {
    region: 'eu-central-1',
    accessMode,
    ...(has('previousAccessMode') && { previousAccessMode: other }),
    apiAccountId: '111111111111',
    callerAccountId: '222222222222',
    ...(!has('no externalId') && { externalId: 'external-id-of-caller' }),
    ...(has('organizationId') && { organizationId: 'o-a1b2c3d4e5' }),
    ...(has('previous IDs and roles') && {
      previousExternalId: 'earlier-id-of-caller',
      previousCallerRoleName: 'earlier-role',
    }),
    ...(has('routes') && { routes: ['GET /parcels/{id}'] }),
    ...(has('rolePath') && { rolePath: '/company/' }),
    ...(has('privateApi') && {
      privateApi: {
        vpcEndpointIds: [ENDPOINT],
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-0123456789abcdef0'],
      },
    }),
    callers: {
      team: {
        accountId: '333333333333',
        roleName: 'teams/team',
        ...(!has('no externalId') && { externalId: 'external-id-of-team' }),
        ...(has('previous IDs and roles') && {
          previousRoleName: 'teams/earlier',
          previousExternalId: 'earlier-id-of-team',
        }),
        ...(has('routes') && { routes: ['POST /parcels'] }),
      },
    },
  };
}

const sub = (text: string) => ({ 'Fn::Sub': text });
const iam = (account: string, name: string) => sub(`arn:\${AWS::Partition}:iam::${account}:${name}`);
const method = (HttpMethod: string, ResourceId: object) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: { HttpMethod, ResourceId, AuthorizationType: 'AWS_IAM' },
});

/** The policies of a stage, as the plugin makes them: who is trusted, what each role may do, and the policy of the API. */
function policiesOf(has: Has) {
  const stages = projectWith(JSON.stringify({ dev: entryOf(has) }));
  const settings = readStageSettings('dev', stages, has('additional region') ? 'us-east-1' : undefined);
  const { trustedCallerRoles, trustConditions, callerAccountId, roleSuffix } = settings;
  const template: Template = {
    Resources: {
      ApiGatewayRestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
      Parcels: { Type: 'AWS::ApiGateway::Resource', Properties: { PathPart: 'parcels' } },
      Parcel: {
        Type: 'AWS::ApiGateway::Resource',
        Properties: { PathPart: '{id}', ParentId: { Ref: 'Parcels' } },
      },
      Post: method('POST', { Ref: 'Parcels' }),
      Get: method('GET', { Ref: 'Parcel' }),
      // As services/api/serverless.yml has it.
      InvokeRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: `depot-dev-invoke${roleSuffix}`,
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'CallerFunction',
                Effect: 'Allow',
                Principal: { AWS: iam(callerAccountId, 'root') },
                Action: 'sts:AssumeRole',
                Condition: {
                  ArnEquals: { 'aws:PrincipalArn': trustedCallerRoles },
                  StringEquals: trustConditions,
                },
              },
            ],
          },
        },
      },
    },
    Outputs: {},
  };
  const deployment = { service: 'depot', stage: 'dev', settings };
  for (const step of [grantRoutes, addInvokeRoles, applyAccessMode, makePrivate, guardRoles]) {
    step(template, deployment);
  }
  const { ApiGatewayRestApi: api, InvokeRole, InvokeRoleTeam } = template.Resources;
  const roleOf = ({ Properties } = { Properties: {} as Record<string, unknown> }) => ({
    name: Properties.RoleName,
    path: Properties.Path,
    trust: (Properties.AssumeRolePolicyDocument as { Statement?: unknown } | undefined)?.Statement,
    rights: (Properties.Policies as { PolicyDocument: { Statement: unknown } }[] | undefined)?.map(
      ({ PolicyDocument: { Statement } }) => Statement,
    ),
  });
  return {
    api: (api?.Properties.Policy as { Statement?: unknown } | undefined)?.Statement,
    caller: InvokeRole && roleOf(InvokeRole),
    team: InvokeRoleTeam && roleOf(InvokeRoleTeam),
  };
}

/** The same policies, as the documentation of the settings says. */
function expectedOf(has: Has) {
  const earlier = has('previous IDs and roles');
  const suffix = has('additional region') ? '_us-east-1' : '';
  const path = has('rolePath') ? '/company/' : '/';
  const inOrganization = has('organizationId') && { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' };
  const all = ['POST/parcels', 'GET/parcels/*'];
  const callers = [
    {
      id: 'InvokeRole',
      sid: 'CallerFunction',
      roleName: `depot-dev-invoke${suffix}`,
      account: '222222222222',
      trusted: [`role${path}shop-dev${suffix}`, ...(earlier ? [`role${path}earlier-role${suffix}`] : [])],
      externalIds: [
        ...(has('no externalId') ? [] : ['external-id-of-caller']),
        ...(earlier ? ['earlier-id-of-caller'] : []),
      ],
      routes: has('routes') ? ['GET/parcels/*'] : all,
    },
    {
      id: 'InvokeRoleTeam',
      sid: 'Caller',
      roleName: `depot-dev-invoke.team${suffix}`,
      account: '333333333333',
      trusted: ['role/teams/team', ...(earlier ? ['role/teams/earlier'] : [])],
      externalIds: [
        ...(has('no externalId') ? [] : ['external-id-of-team']),
        ...(earlier ? ['earlier-id-of-team'] : []),
      ],
      routes: has('routes') ? ['POST/parcels'] : all,
    },
  ];
  const both = has('previousAccessMode');
  const withRoles = both || !has('resource-policy');
  const withPolicy = both || has('resource-policy');
  const principalArns = ({ trusted, account }: (typeof callers)[number]) => ({
    ArnEquals: { 'aws:PrincipalArn': trusted.map((name) => iam(account, name)) },
  });
  const role = (caller: (typeof callers)[number]) => ({
    name: caller.roleName,
    path: has('rolePath') ? path : undefined,
    trust: [
      {
        Sid: caller.sid,
        Effect: 'Allow',
        Principal: { AWS: iam(caller.account, 'root') },
        Action: 'sts:AssumeRole',
        Condition: {
          ...principalArns(caller),
          StringEquals: { 'sts:ExternalId': caller.externalIds, ...inOrganization },
        },
      },
    ],
    rights: [
      [
        {
          Sid: 'InvokeRoutes',
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: caller.routes.map((route) =>
            sub(
              `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${ApiGatewayRestApi}/dev/${route}`,
            ),
          ),
        },
      ],
    ],
  });
  const statement = (caller: (typeof callers)[number], Sid: string, own: object) => ({
    Sid,
    Effect: 'Allow',
    Action: 'execute-api:Invoke',
    Resource: caller.routes.map((route) => `execute-api:/dev/${route}`),
    ...own,
  });
  const inOrder = callers.toReversed();
  const policy = [
    ...(withPolicy
      ? inOrder.map((caller) =>
          statement(caller, caller.id.replace('InvokeRole', 'Caller'), {
            Principal: { AWS: iam(caller.account, 'root') },
            Condition: { ...principalArns(caller), ...(inOrganization && { StringEquals: inOrganization }) },
          }),
        )
      : []),
    ...(has('privateApi') && withRoles
      ? inOrder.map((caller) =>
          statement(caller, caller.id, {
            Principal: { AWS: iam(`\${AWS::AccountId}`, 'root') },
            Condition: {
              ArnEquals: { 'aws:PrincipalArn': iam(`\${AWS::AccountId}`, `role${path}${caller.roleName}`) },
            },
          }),
        )
      : []),
    ...(has('privateApi')
      ? [
          {
            Sid: 'OnlyThroughVpcEndpoints',
            Effect: 'Deny',
            Principal: '*',
            Action: 'execute-api:Invoke',
            Resource: 'execute-api:/*',
            Condition: { StringNotEquals: { 'aws:SourceVpce': [ENDPOINT] } },
          },
        ]
      : []),
  ];
  const [caller, team] = callers.map(role);
  return {
    api: policy.length > 0 ? policy : undefined,
    caller: withRoles ? caller : undefined,
    team: withRoles ? team : undefined,
  };
}

/** All combinations that the settings allow. */
const combinations = Array.from({ length: 2 ** VARIANTS.length }, (_, bits) =>
  VARIANTS.filter((_variant, index) => (bits & (1 << index)) !== 0),
).filter((on) => {
  const has: Has = (variant) => on.includes(variant);
  const hasRoles = has('previousAccessMode') || !has('resource-policy');
  // A role needs an external ID. The endpoints of a private API are in one region.
  return !(hasRoles && has('no externalId')) && !(has('privateApi') && has('additional region'));
});

test('whole policies are those that the settings say, in all combinations of access modes and settings', () => {
  expect(combinations.length).toBeGreaterThan(200);
  for (const on of combinations) {
    const has: Has = (variant) => on.includes(variant);
    expect({ on, ...policiesOf(has) }).toEqual({ on, ...expectedOf(has) });
  }
});
