import { decide } from '@cross-account-api/iam';
import { accountOfCaller } from './credentials/account.ts';
import type { Resource, Template } from './framework.ts';
import {
  ACCOUNT,
  ADDITIONAL_REGION,
  deployed,
  type PackagedService,
  type Pair,
  REGION,
  ROUTES,
  roleArnOf,
  type ServiceName,
  startPair,
} from './packaged-pair.testing.ts';
import { hash } from './settings/names.ts';
import type { StageEntry } from './settings/schema.ts';

const KEY_ID = 'mrk-0123456789abcdef0123456789abcdef';
const [ENDPOINT, SUBNET, GROUP] = [
  'vpce-0123456789abcdef0',
  'subnet-0123456789abcdef0',
  'sg-0123456789abcdef0',
];
const ORGANIZATION = 'o-a1b2c3d4e5';
const sub = (text: string) => ({ 'Fn::Sub': text });
const arn = (service: string, resource: string) =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);

/** A stage with callers of each kind: the first function, a further function and service of this project, and one of somebody else. */
const plain = {
  region: REGION,
  apiAccountId: ACCOUNT,
  callerAccountId: '222222222222',
  externalId: 'external-id-of-caller',
  callers: {
    report: { function: 'report', externalId: 'external-id-of-report', routes: ['GET /parcels/{id}'] },
    exports: { service: 'export', accountId: '333333333333', externalId: 'external-id-of-exports' },
    team: {
      accountId: '444444444444',
      roleName: 'teams/team',
      externalId: 'external-id-of-team',
      routes: ['GET /sender'],
    },
  },
};

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair?.close());

/** What a setting changes in a template: by a resource and its property, the new value. */
type Changes = Readonly<Record<string, unknown>>;
/** What another test of this file judges. */
const judged = expect.anything();
/** Of a property or an output that is no longer there. */
const REMOVED = 'removed';

interface Promised {
  readonly value: unknown;
  readonly api?: Changes;
  readonly caller?: Changes;
  readonly export?: Changes;
  /** What it changes, too, in a stage that has all other settings, such as a policy of the API. */
  readonly besideOthers?: Readonly<Partial<Record<ServiceName, Changes>>>;
  /** Settings that exclude it. */
  readonly excludes?: readonly (keyof StageEntry)[];
}

const invokeRoles = ['', 'Report', 'Exports', 'Team'].map((name) => `InvokeRole${name}`);
const ofInvokeRoles = (property: string, names = invokeRoles) =>
  Object.fromEntries(names.map((name) => [`${name}: ${property}`, judged]));
const everyLogGroup = (property: string, value: unknown) => ({
  [`every AWS::Logs::LogGroup: ${property}`]: value,
});
const inEachService = (changes: Changes) => ({ api: changes, caller: changes, export: changes });
const boundary = (service: string) => ({
  'every AWS::IAM::Role: PermissionsBoundary': sub(
    `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/company/${service}-boundary`,
  ),
});
const policy = { 'every AWS::ApiGateway::RestApi: Policy': judged };
const apiPolicy = { besideOthers: { api: policy } };
const nothing: Promised = { value: undefined };

/** What each setting promises: the changes of the whole template of each service, and no others. */
const promises = {
  accessMode: {
    value: 'resource-policy',
    excludes: ['previousAccessMode'],
    api: {
      ...policy,
      ...Object.fromEntries(
        invokeRoles.flatMap((id) => [
          [id, REMOVED],
          [`Outputs: ${id}Arn`, REMOVED],
        ]),
      ),
    },
    caller: {
      'every AWS::IAM::Role: Policies': judged,
      'every AWS::Lambda::Function: Environment': judged,
    },
    export: {
      'every AWS::IAM::Role: Policies': judged,
      'every AWS::Lambda::Function: Environment': judged,
    },
  },
  previousAccessMode: {
    value: 'resource-policy',
    api: policy,
    caller: { 'every AWS::IAM::Role: Policies': judged },
    export: { 'every AWS::IAM::Role: Policies': judged },
  },
  externalId: {
    value: 'another-external-id',
    api: ofInvokeRoles('AssumeRolePolicyDocument', ['InvokeRole']),
    caller: { 'CallerLambdaFunction: Environment': judged },
  },
  previousExternalId: {
    value: 'an-earlier-external-id',
    api: ofInvokeRoles('AssumeRolePolicyDocument', ['InvokeRole']),
  },
  organizationId: { value: ORGANIZATION, api: ofInvokeRoles('AssumeRolePolicyDocument'), ...apiPolicy },
  routes: {
    value: ['GET /sender'],
    api: ofInvokeRoles('Policies', ['InvokeRole']),
    besideOthers: { api: policy, caller: { 'CallerIamRoleLambdaExecution: Policies': judged } },
  },
  callerRoleName: {
    value: 'caller-2',
    api: ofInvokeRoles('AssumeRolePolicyDocument', ['InvokeRole']),
    caller: {
      CallerIamRoleLambdaExecution: REMOVED,
      [`CallerRole${hash('caller-2', 8)}`]: 'AWS::IAM::Role',
      'CallerLambdaFunction: Role': judged,
      'CallerLambdaFunction: DependsOn': judged,
    },
    ...apiPolicy,
  },
  previousCallerRoleName: {
    value: 'caller-1',
    api: ofInvokeRoles('AssumeRolePolicyDocument', ['InvokeRole']),
    caller: { [`CallerRole${hash('caller-1', 8)}`]: 'AWS::IAM::Role' },
    ...apiPolicy,
  },
  callers: {
    value: {
      ...plain.callers,
      'billing-2': { accountId: '555555555555', roleName: 'billing', externalId: 'external-id-of-billing' },
    },
    api: { InvokeRoleBillingDash2: 'AWS::IAM::Role', 'Outputs: InvokeRoleBillingDash2Arn': judged },
    ...apiPolicy,
  },
  rolePath: {
    value: '/company/',
    // A role of another team has its own path.
    api: {
      ...ofInvokeRoles('AssumeRolePolicyDocument', ['InvokeRole', 'InvokeRoleReport', 'InvokeRoleExports']),
      'every AWS::IAM::Role: Path': '/company/',
    },
    caller: { 'every AWS::IAM::Role: Path': '/company/' },
    export: { 'every AWS::IAM::Role: Path': '/company/' },
    ...apiPolicy,
  },
  permissionsBoundary: {
    value: 'company/<service>-boundary',
    api: boundary('depot'),
    caller: boundary('shop'),
    export: boundary('books'),
  },
  logRetentionInDays: { value: 1096, ...inEachService(everyLogGroup('RetentionInDays', 1096)) },
  retainData: {
    value: true,
    api: {
      ...everyLogGroup('DeletionPolicy', 'RetainExceptOnCreate'),
      'every AWS::DynamoDB::Table: DeletionPolicy': 'RetainExceptOnCreate',
    },
    caller: everyLogGroup('DeletionPolicy', 'RetainExceptOnCreate'),
    export: everyLogGroup('DeletionPolicy', 'RetainExceptOnCreate'),
  },
  apiLogKeyId: { value: KEY_ID, api: everyLogGroup('KmsKeyId', arn('kms', `key/${KEY_ID}`)) },
  callerLogKeyId: { value: KEY_ID, caller: everyLogGroup('KmsKeyId', arn('kms', `key/${KEY_ID}`)) },
  tableKeyId: {
    value: KEY_ID,
    api: {
      'every AWS::DynamoDB::Table: SSESpecification': {
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: arn('kms', `key/${KEY_ID}`),
      },
      'ParcelsIamRoleLambdaExecution: Policies': judged,
      'SenderIamRoleLambdaExecution: Policies': judged,
    },
  },
  alarms: { value: true, api: { ParcelsLogGroupPolls: 'AWS::Logs::MetricFilter' } },
  checkResponses: {
    value: true,
    api: { 'every AWS::Lambda::Function: Environment': judged },
  },
  securityPolicy: {
    value: 'SecurityPolicy_TLS13_1_3_2025_09',
    api: {
      'every AWS::ApiGateway::RestApi: SecurityPolicy': 'SecurityPolicy_TLS13_1_3_2025_09',
      'every AWS::ApiGateway::RestApi: EndpointAccessMode': 'STRICT',
    },
    besideOthers: {
      api: {
        'every AWS::ApiGateway::DomainName: SecurityPolicy': 'SecurityPolicy_TLS13_1_3_2025_09',
        'every AWS::ApiGateway::DomainName: EndpointAccessMode': 'STRICT',
      },
    },
  },
  customDomain: {
    value: {
      name: 'api.example.com',
      certificateArn: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
      basePath: 'v1',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    },
    excludes: ['privateApi'],
    api: {
      CustomDomain: 'AWS::ApiGateway::DomainName',
      CustomDomainMapping: 'AWS::ApiGateway::BasePathMapping',
      CustomDomainRecord: 'AWS::Route53::RecordSet',
      'Outputs: ApiUrl': 'https://api.example.com/v1',
      'Outputs: CustomDomainTarget': judged,
    },
  },
  privateApi: {
    value: { vpcEndpointIds: [ENDPOINT], subnetIds: [SUBNET], securityGroupIds: [GROUP] },
    excludes: ['customDomain'],
    api: {
      ...policy,
      'every AWS::ApiGateway::RestApi: EndpointConfiguration': {
        Types: ['PRIVATE'],
        VpcEndpointIds: [ENDPOINT],
      },
      'Outputs: ApiUrl': sub(
        `https://\${ApiGatewayRestApi}-${ENDPOINT}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/\${ApiGatewayStage}`,
      ),
    },
    ...Object.fromEntries(
      ['caller', 'export'].map((service) => [
        service,
        {
          'every AWS::Lambda::Function: VpcConfig': { SubnetIds: [SUBNET], SecurityGroupIds: [GROUP] },
          'every AWS::IAM::Role: Policies': judged,
        },
      ]),
    ),
  },
  // serverless.yml reads them, or nothing that is in a template.
  tags: { value: { team: 'payments' } },
  throttlingRateLimit: { value: 1 },
  throttlingBurstLimit: { value: 1 },
  tracing: { value: false },
  tableBackup: { value: true },
  deletionProtection: { value: true },
  quotas: { value: { apiGatewayResources: 600 } },
  values: { value: { bucket: 'reports' } },
  apiProfile: { value: 'an-api' },
  callerProfile: { value: 'a-caller' },
  // For stage local only.
  seed: nothing,
  apiRegion: nothing,
  apis: nothing,
  region: nothing,
  apiAccountId: nothing,
  callerAccountId: nothing,
} satisfies Record<keyof StageEntry, Promised>;

/** Settings that the stage of all settings leaves out: they exclude another one, name other resources, or are those of {@link plain}. */
const OWN_CASES = new Set([
  'accessMode',
  'privateApi',
  'callers',
  'externalId',
  'callerRoleName',
  'previousCallerRoleName',
]);

/** All settings at once, in both access modes. */
const everything = Object.fromEntries(
  Object.entries<Promised>(promises).flatMap(([name, { value }]) =>
    value === undefined || OWN_CASES.has(name) ? [] : [[name, value]],
  ),
);

/** The members of a resource that a deployment reads, by name. */
function membersOf({ Type: _, Properties, ...others }: Resource): Readonly<Record<string, unknown>> {
  return { ...Properties, ...others };
}

/**
 * The difference between two templates, whole: what is there or no longer, and each property with another value. If all resources of a
 * type have it, one line says so.
 */
function changesOf(before: Template, after: Template): Changes {
  const changes: Record<string, unknown> = {};
  const changed = new Map<string, { id: string; name: string; value: unknown }[]>();
  for (const id of new Set([before, after].flatMap(({ Resources }) => Object.keys(Resources)))) {
    const [was, is] = [before.Resources[id], after.Resources[id]];
    if (was === undefined || is === undefined) {
      changes[id] = is?.Type ?? REMOVED;
      continue;
    }
    for (const [name, value] of differencesOf(membersOf(was), membersOf(is))) {
      const key = `${is.Type}: ${name}`;
      changed.set(key, [...(changed.get(key) ?? []), { id, name, value }]);
    }
  }
  for (const [key, found] of changed) {
    const ofType = Object.values(after.Resources).filter(({ Type }) => key.startsWith(`${Type}: `));
    const values = new Set(found.map(({ value }) => JSON.stringify(value)));
    if (ofType.length === found.length && values.size === 1) changes[`every ${key}`] = found[0]?.value;
    else if (ofType.length === found.length) changes[`every ${key}`] = found;
    else for (const { id, name, value } of found) changes[`${id}: ${name}`] = value;
  }
  for (const part of ['Outputs', 'Parameters', 'Conditions'] as const) {
    for (const [name, value] of differencesOf(before[part] ?? {}, after[part] ?? {})) {
      changes[`${part}: ${name}`] = (value as { Value?: unknown }).Value ?? value;
    }
  }
  return changes;
}

function differencesOf(before: object, after: object): [name: string, value: unknown][] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name)))
    .map((name) => [name, now.get(name) ?? REMOVED]);
}

/** The outputs of a deployed API, whatever its settings: a caller's template is compared with another one of the same API. */
const OUTPUTS = {
  ApiUrl: `https://0123456789.execute-api.${REGION}.amazonaws.com/dev`,
  ApiArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:0123456789/dev`,
  InvokeRoleArn: `arn:aws:iam::${ACCOUNT}:role/invoke`,
  InvokeRoleReportArn: `arn:aws:iam::${ACCOUNT}:role/invoke.report`,
  InvokeRoleExportsArn: `arn:aws:iam::${ACCOUNT}:role/invoke.exports`,
};

/** Templates that several tests compare, by what they are made of. */
const templates = new Map<string, Template>();

/** A template, whose deployment of the API has a name that does not follow from the whole template. */
async function templateOf(service: ServiceName, entry: object): Promise<Template> {
  const key = JSON.stringify([service, Object.entries(entry).sort()]);
  const known = templates.get(key);
  if (known !== undefined) return known;
  const { template } = await pair.package(service, entry, { apiOutputs: OUTPUTS });
  const text = JSON.stringify(template).replaceAll(/(ApiGatewayDeployment)[0-9a-f]{16}/g, '$1');
  templates.set(key, JSON.parse(text));
  return JSON.parse(text);
}

describe.each(Object.entries<Promised>(promises).filter(([, { value }]) => value !== undefined))(
  'the setting %s',
  (name, { value, excludes = [], besideOthers = {}, ...promised }) => {
    test.each([
      ['alone', {}],
      ['beside all others', everything],
    ])('changes what it promises in each template, and nothing else: %s', async (where, others) => {
      const without = Object.fromEntries(
        Object.entries({ ...plain, ...others }).filter(
          ([each]) => each in plain || (each !== name && !excludes.some((excluded) => excluded === each)),
        ),
      );
      for (const service of ['api', 'caller', 'export'] as const) {
        const before = await templateOf(service, without);
        const after = await templateOf(service, { ...without, [name]: value });
        expect({ service, ...changesOf(before, after) }).toEqual({
          service,
          ...promised[service],
          ...(where === 'beside all others' && besideOthers[service]),
        });
      }
    });
  },
);

/** A principal that calls the API. */
interface Who {
  readonly roleArn: string;
  /** What its own policies let it do. */
  readonly policy: object;
  readonly externalId?: string | undefined;
  readonly organizationId?: string | undefined;
  /** The VPC endpoint through which it calls a private API. Default: the one of the settings */
  readonly endpoint?: string;
}
const ANYTHING = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** A session of a role. */
function sessionOf(roleArn: string, sourceFunctionArn?: string) {
  const [, accountId = '', roleName = ''] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?(.*)$/.exec(roleArn) ?? [];
  return {
    type: 'AssumedRole',
    accountId,
    principalArn: roleArn,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/session`,
    userId: 'AROAEXAMPLE:session',
    tags: {},
    roleName,
    roleId: 'AROAEXAMPLE',
    sessionName: 'session',
    issuedAt: new Date(0),
    sessionPolicies: [],
    transitiveTagKeys: [],
    ...(sourceFunctionArn !== undefined && { sourceFunctionArn }),
  } as const;
}

/** The inline policies of a role, as AWS gets them, in one document. */
function policyOf(role: Resource, of: PackagedService): object {
  const policies = deployed<{ PolicyDocument: { Statement: object[] } }[]>(role.Properties.Policies, of);
  return {
    Version: '2012-10-17',
    Statement: policies.flatMap(({ PolicyDocument: { Statement } }) => Statement),
  };
}

const named = (name: string, document: object) => ({ name, document: { ...document } });

/** The routes that somebody reaches: as itself, or as the role that it assumes. */
function routesFor(api: PackagedService, who: Who, invokeRoleArn: string | undefined): readonly string[] {
  const { template, settings } = api;
  const context = {
    ...(who.organizationId !== undefined && { 'aws:PrincipalOrgID': who.organizationId }),
    ...(settings.privateApi !== undefined && { 'aws:SourceVpce': who.endpoint ?? ENDPOINT }),
  };
  const principal = sessionOf(who.roleArn);
  const contextOf = (arn: string) => ({ ...context, 'aws:PrincipalArn': arn });
  const { ApiGatewayRestApi: { Properties = {} } = {} } = template.Resources;
  const policyOfApi = Properties.Policy ? deployed<object>(Properties.Policy, api) : undefined;
  let caller = { principal, policy: who.policy, arn: who.roleArn };
  if (invokeRoleArn !== undefined) {
    const role = Object.values(template.Resources).find(
      (each) => each.Type === 'AWS::IAM::Role' && roleArnOf(each) === invokeRoleArn,
    );
    if (role === undefined) return [];
    const decision = decide(
      {
        principal,
        action: 'sts:AssumeRole',
        resource: invokeRoleArn,
        resourceAccountId: ACCOUNT,
        context: {
          ...contextOf(who.roleArn),
          ...(who.externalId !== undefined && { 'sts:ExternalId': who.externalId }),
        },
        resourcePolicy: named('trust', deployed(role.Properties.AssumeRolePolicyDocument, api)),
      },
      { identity: [named('own', who.policy)] },
    );
    if (!decision.allowed) return [];
    caller = { principal: sessionOf(invokeRoleArn), policy: policyOf(role, api), arn: invokeRoleArn };
  }
  return ROUTES.filter(
    (route) =>
      decide(
        {
          principal: caller.principal,
          action: 'execute-api:Invoke',
          resource: `arn:aws:execute-api:${settings.region}:${ACCOUNT}:0123456789/dev/${route.replace(' ', '').replace('{id}', '42')}`,
          resourceAccountId: ACCOUNT,
          context: contextOf(caller.arn),
          resourcePolicy: policyOfApi && named('of the API', policyOfApi),
        },
        { identity: [named('own', caller.policy)] },
      ).allowed,
  );
}

/** A function of a caller's package, and the variables that it gets. */
function functionOf(packaged: PackagedService, key: string, accountId: string) {
  const { Resources } = packaged.template;
  const { Properties } = Resources[`${key}LambdaFunction`] as Resource;
  const {
    'Fn::GetAtt': [roleId],
  } = Properties.Role as { 'Fn::GetAtt': [string] };
  const role = Resources[roleId] as Resource;
  const { Variables } = Properties.Environment as { Variables: Record<string, string | undefined> };
  return {
    role,
    roleArn: roleArnOf(role, accountId),
    policy: policyOf(role, packaged),
    variables: Variables,
  };
}

const VARIANTS = [
  'resource-policy',
  'both modes',
  'organization',
  'path',
  'private',
  'additional region',
] as const;
type Variant = (typeof VARIANTS)[number];
const combinations = Array.from({ length: 2 ** VARIANTS.length }, (_, bits) =>
  VARIANTS.filter((_variant, index) => (bits & (1 << index)) !== 0),
).filter((on) => !(on.includes('private') && on.includes('additional region')));

/** The callers of a stage, with the routes that the settings give to each. */
const callers = [
  { id: 'InvokeRole', service: 'caller', prefix: 'Caller', account: '222222222222', routes: ROUTES },
  {
    id: 'InvokeRoleReport',
    service: 'caller',
    prefix: 'Report',
    account: '222222222222',
    routes: plain.callers.report.routes,
  },
  { id: 'InvokeRoleExports', service: 'export', prefix: 'Caller', account: '333333333333', routes: ROUTES },
  { id: 'InvokeRoleTeam', service: undefined, prefix: '', account: '', routes: plain.callers.team.routes },
] as const;
const externalIds: Readonly<Record<string, string>> = {
  InvokeRole: plain.externalId,
  InvokeRoleReport: plain.callers.report.externalId,
  InvokeRoleExports: plain.callers.exports.externalId,
  InvokeRoleTeam: plain.callers.team.externalId,
};

test('the templates together let each caller reach its routes and nobody else any, in all combinations of settings', async () => {
  for (const on of combinations) {
    const has = (variant: Variant) => on.includes(variant);
    const modes = ['assume-role', 'resource-policy'];
    const [accessMode, other] = has('resource-policy') ? modes.toReversed() : modes;
    const entry = {
      ...plain,
      accessMode,
      ...(has('both modes') && { previousAccessMode: other }),
      ...(has('organization') && { organizationId: ORGANIZATION }),
      ...(has('path') && { rolePath: '/company/' }),
      ...(has('private') && { privateApi: promises.privateApi.value }),
    };
    const region = has('additional region') ? ADDITIONAL_REGION : REGION;
    const api = await pair.package('api', entry, { region });
    const packages = {
      caller: await pair.package('caller', entry, { apiOutputs: api.outputs, region }),
      export: await pair.package('export', entry, { apiOutputs: api.outputs, region }),
    };
    for (const { id, service, prefix, account, routes } of callers) {
      const external = { INVOKE_ROLE_ARN: api.outputs[`${id}Arn`], EXTERNAL_ID: externalIds[id] };
      const { roleArn, policy, variables } =
        service === undefined
          ? { roleArn: 'arn:aws:iam::444444444444:role/teams/team', policy: ANYTHING, variables: external }
          : functionOf(packages[service], prefix, account);
      const who: Who = { roleArn, policy, organizationId: ORGANIZATION };
      // As a role of the API's account, and as itself.
      const asRole = (as: Who, externalId = variables.EXTERNAL_ID ?? externalIds[id]) =>
        routesFor(api, { ...as, externalId }, variables.INVOKE_ROLE_ARN ?? api.outputs[`${id}Arn`] ?? 'none');
      const asItself = (as: Who) => routesFor(api, as, undefined);
      const inAnyWay = (as: Who) => [...asRole(as), ...asItself(as)];
      const [now, before] = has('resource-policy') ? [asItself, asRole] : [asRole, asItself];
      const anybody = { ...who, policy: ANYTHING };
      expect({
        on,
        id,
        now: now(who),
        before: before(who),
        // Of the same name in another account, of another name, and below another path.
        others: [
          roleArn.replace(/\d{12}/, '999999999999'),
          `${roleArn}-2`,
          roleArn.replace(':role/', ':role/elsewhere/'),
        ].flatMap((another) => inAnyWay({ ...anybody, roleArn: another })),
        withAnotherExternalId: asRole(anybody, 'another'),
        ofAnotherOrganization: ['o-0000000000', undefined].flatMap((organizationId) =>
          has('organization') ? inAnyWay({ ...anybody, organizationId }) : [],
        ),
        fromElsewhere: has('private') ? inAnyWay({ ...anybody, endpoint: 'vpce-11111111111111111' }) : [],
      }).toEqual({
        on,
        id,
        now: routes,
        before: has('both modes') ? routes : [],
        others: [],
        withAnotherExternalId: [],
        ofAnotherOrganization: [],
        fromElsewhere: [],
      });
    }
  }
});

test.each([
  ['that follow from the services', plain],
  [
    'of the settings',
    {
      ...plain,
      callerRoleName: 'own-caller',
      previousCallerRoleName: 'earlier-caller',
      callers: {
        ...plain.callers,
        report: { ...plain.callers.report, roleName: 'own-report', previousRoleName: 'earlier-report' },
      },
    },
  ],
])('roles of names %s are apart from each other, and from those of another region', async (_which, entry) => {
  const names: unknown[] = [];
  for (const region of [REGION, ADDITIONAL_REGION]) {
    for (const service of ['api', 'caller', 'export'] as const) {
      const { template } = await pair.package(service, entry, { apiOutputs: OUTPUTS, region });
      const roles = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
      names.push(...roles.map(({ Properties: { RoleName } }) => RoleName));
    }
  }
  // Four invoke roles, one of each function, and the earlier ones of two functions.
  expect(names).toHaveLength(2 * (4 + 2 + 2 + 1 + (entry === plain ? 0 : 2)));
  expect(names).not.toContain(undefined);
  expect(new Set(names).size).toBe(names.length);
});

test('a further caller is deployed into the account of its entry, with its profile, log key and external ID', async () => {
  const exports = { ...plain.callers.exports, profile: 'its-profile', logKeyId: KEY_ID };
  const entry = {
    ...plain,
    callerProfile: 'first-profile',
    callerLogKeyId: '12345678-1234-1234-1234-123456789012',
    callers: { ...plain.callers, exports },
  };
  const packaged = await pair.package('export', entry, { apiOutputs: OUTPUTS });
  expect(packaged.settings).toMatchObject({
    callerAccountId: exports.accountId,
    callerProfile: exports.profile,
    callerLogKeyId: exports.logKeyId,
    externalId: exports.externalId,
  });
  expect(accountOfCaller(packaged.settings)).toEqual({
    setting: 'callers.exports.accountId',
    accountId: exports.accountId,
    profileSetting: 'callers.exports.profile',
    profile: exports.profile,
  });
  const { Resources } = packaged.template;
  expect(Resources.CallerLogGroup?.Properties.KmsKeyId).toEqual(arn('kms', `key/${KEY_ID}`));
  expect(Resources.CallerLambdaFunction?.Properties.Environment).toMatchObject({
    Variables: { EXTERNAL_ID: exports.externalId, INVOKE_ROLE_ARN: OUTPUTS.InvokeRoleExportsArn },
  });
});

describe.each(['api', 'caller', 'export'] as const)('the package of %s', (service) => {
  const packageWith = (Type: string, Properties: Record<string, unknown>) =>
    pair.package(service, plain, { apiOutputs: OUTPUTS, resources: { Own: { Type, Properties } } });

  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'a description that is too long',
      'AWS::IAM::Role',
      { Description: 'x'.repeat(1_001) },
      'The description of Own (AWS::IAM::Role) has 1001 characters',
    ],
    [
      'an open door',
      'AWS::Lambda::Url',
      { AuthType: 'NONE' },
      'The function URL Own has the AuthType "NONE"',
    ],
    [
      'more than a quota of AWS allows',
      'AWS::Lambda::Function',
      { Layers: Array.from({ length: 6 }, () => 'arn') },
      'The function Own has 6 layers',
    ],
    [
      'a text that a comma cuts',
      'AWS::SNS::Topic',
      { Name: 'a', 'b c': null },
      'Own has "b c" without a value',
    ],
  ])('is refused with %s in serverless.yml', async (_what, type, properties, problem) => {
    await expect(packageWith(type, properties)).rejects.toThrow(problem);
  });

  test('has a warning of an alarm that nothing can set off', async () => {
    const alarm = { Namespace: 'Orders', MetricName: 'Lost' };
    expect((await pair.package(service, plain, { apiOutputs: OUTPUTS })).warnings).toEqual([]);
    const { warnings } = await packageWith('AWS::CloudWatch::Alarm', alarm);
    expect(warnings).toEqual([expect.stringContaining('Orders/Lost')]);
  });
});

test('Lambda may connect the functions of a private API’s callers with the VPC, and their code may not', async () => {
  const entry = { ...plain, privateApi: promises.privateApi.value };
  for (const [region, domain] of [
    [REGION, 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
  ] as const) {
    const outputs = { ...OUTPUTS, ApiUrl: `https://0123456789.execute-api.${region}.${domain}/dev` };
    const inRegion = { ...entry, region };
    for (const service of ['caller', 'export'] as const) {
      const packaged = await pair.package(service, inRegion, { apiOutputs: outputs, region });
      const { partition } = packaged.settings;
      const functions = Object.entries(packaged.template.Resources).filter(
        ([, { Type }]) => Type === 'AWS::Lambda::Function',
      );
      for (const [id, { Properties }] of functions) {
        const { role, roleArn } = functionOf(packaged, id.replace('LambdaFunction', ''), ACCOUNT);
        const ownArn = `arn:${partition}:lambda:${region}:${ACCOUNT}:function:${String(Properties.FunctionName)}`;
        const mayConnect = (context: Readonly<Record<string, string>>) =>
          decide(
            {
              principal: sessionOf(roleArn),
              action: 'ec2:CreateNetworkInterface',
              resource: '*',
              resourceAccountId: ACCOUNT,
              context,
            },
            { identity: [named('own', policyOf(role, packaged))] },
          ).allowed;
        // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        const [lambda, code] = [mayConnect({}), mayConnect({ 'lambda:SourceFunctionArn': ownArn })];
        expect({ ownArn, lambda, code }).toEqual({ ownArn, lambda: true, code: false });
      }
    }
  }
});

describe('a route of the API with a user pool of Cognito', () => {
  const resources = {
    People: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        HttpMethod: 'DELETE',
        ResourceId: { Ref: 'Sender' },
        AuthorizationType: 'COGNITO_USER_POOLS',
      },
    },
  };
  const { value: privateApi } = promises.privateApi;

  // A token of Cognito is no principal of IAM.
  const admitsAnonymous = ({ template, settings }: PackagedService, policy: unknown) =>
    decide(
      {
        principal: { type: 'Service', service: 'anonymous' },
        action: 'execute-api:Invoke',
        resource: `arn:aws:execute-api:${settings.region}:${ACCOUNT}:0123456789/dev/DELETE/sender`,
        resourceAccountId: ACCOUNT,
        context: { 'aws:SourceVpce': ENDPOINT },
        resourcePolicy: named(
          'of the API',
          deployed<object>(policy, { template, settings } as PackagedService),
        ),
      },
      { identity: [] },
    ).allowed;

  test.each([
    ['in access mode resource-policy', { accessMode: 'resource-policy' }],
    ['while it is changed', { previousAccessMode: 'resource-policy' }],
    ['in a private API', { privateApi }],
  ])(
    'lets nobody in %s: packaging says so, and after its remedy nobody is kept out',
    async (_when, given) => {
      const entry = { ...plain, ...given };
      const packaged = await pair.package('api', entry, { resources });
      expect(packaged.warnings).toEqual([expect.stringContaining('DELETE /sender: nobody gets in.')]);
      const { Policy } = packaged.template.Resources.ApiGatewayRestApi?.Properties ?? {};
      expect(admitsAnonymous(packaged, Policy)).toBe(false);
      const [warning = ''] = packaged.warnings;
      if ('privateApi' in given)
        return expect(warning).toMatch(/Give these routes an API in another service\.$/);
      const mended = await pair.package('api', { ...plain, accessMode: 'assume-role' }, { resources });
      expect(warning).toContain(
        'With accessMode: assume-role in services/stages.yml, and without previousAccessMode',
      );
      expect(mended.warnings).toEqual([]);
      // Without a resource policy, the authorizer alone decides.
      expect(mended.template.Resources.ApiGatewayRestApi?.Properties.Policy).toBe('');
    },
  );
});
