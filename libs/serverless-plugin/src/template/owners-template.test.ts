import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Resource } from '../framework.ts';
import { ACCOUNT, ADDITIONAL_REGION, type Pair, REGION, startPair } from '../packaged-pair.testing.ts';
import { hash } from '../settings/names.ts';
import { TOUCHES, type Touch } from './touches.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair?.close());

type Service = 'api' | 'caller';
type Written = Omit<Resource, 'Properties'> & { readonly Properties?: Record<string, unknown> };

/** The resources that owners' resources refer to: one of their own, and those of the framework of each service. */
const NAMES = {
  api: ['OwnQueue', 'ApiGatewayRestApi', 'ApiGatewayStage', 'ParcelsIamRoleLambdaExecution', 'ParcelsTable'],
  caller: ['OwnQueue', 'CallerIamRoleLambdaExecution', 'CallerLambdaFunction', 'ReportLogGroup'],
} as const;
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
/** Without the parts that are not there. */
const defined = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Value;

/** A value as owners write it: a text, a reference, or a choice. */
const anyValue = (service: Service): fc.Arbitrary<unknown> => {
  const name = fc.constantFrom(...NAMES[service]);
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('text', 'text, with: signs', 'x'.repeat(40)),
      name.map((Ref) => ({ Ref })),
      name.map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })),
      name.map((id) => ({ 'Fn::Sub': `\${${id}.Arn}/*-\${!literal}-\${AWS::Region}` })),
      name.map((id) => ({ 'Fn::Sub': [`\${Own}-\${${id}}`, { Own: { Ref: id } }] })),
      tie('value').map((value) => ({ 'Fn::If': ['IsOwn', value, { Ref: 'AWS::NoValue' }] })),
      fc.array(tie('value'), { maxLength: 2 }),
    ),
  })).value;
};

/** As serverless-iam-roles-per-function and the framework write it. In a role of the owner's it is the owner's. */
const LOGS = {
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents'],
  Resource: [
    {
      'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/own:*:*`,
    },
  ],
};
const VPC_POLICY = {
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'],
  ],
};

/** A policy in each form that IAM takes. */
const policyOf = (value: fc.Arbitrary<unknown>) => {
  const statement = fc
    .record({
      Action: fc.constantFrom<unknown>('s3:*', ['logs:CreateLogGroup', 's3:GetObject']),
      Resource: value,
    })
    .map((parts) => ({ Effect: 'Allow', ...parts }));
  const either = fc.oneof<fc.Arbitrary<unknown>[]>(
    statement,
    fc.constant(LOGS),
    statement.map((each) => ({ 'Fn::If': ['IsOwn', each, { Ref: 'AWS::NoValue' }] })),
  );
  return fc
    .oneof<fc.Arbitrary<unknown>[]>(statement, fc.array(either, { maxLength: 3 }))
    .map((Statement) => ({ Version: '2012-10-17', Statement }));
};

/** The name of a role that takes `roleSuffix` of the settings, and has no room for it. */
const LONG = 'r'.repeat(59);

/** A resource that an owner adds. */
function resourceOf(service: Service): fc.Arbitrary<Written> {
  const value = anyValue(service);
  const policy = policyOf(value);
  const policies = fc.oneof<fc.Arbitrary<unknown>[]>(
    fc.array(
      policy.map((PolicyDocument) => ({ PolicyName: 'own', PolicyDocument })),
      { maxLength: 2 },
    ),
    policy.map((each) => ({ 'Fn::If': ['IsOwn', [{ PolicyDocument: each }], { Ref: 'AWS::NoValue' }] })),
  );
  const of = (Type: string, properties: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
    fc.record(properties).map((Properties) => ({ Type, Properties: defined(Properties) }));
  const api = fc.constant({ Ref: 'ApiGatewayRestApi' });
  const general: fc.Arbitrary<{ Type: string; Properties?: Record<string, unknown> }>[] = [
    of('AWS::IAM::Role', {
      RoleName: optional(fc.constantFrom('own', LONG)),
      Path: optional(fc.constant('/own/')),
      PermissionsBoundary: optional(value),
      ManagedPolicyArns: optional(fc.array(fc.oneof(value, fc.constant(VPC_POLICY)), { maxLength: 2 })),
      Policies: optional(policies),
      AssumeRolePolicyDocument: policy,
    }),
    of('AWS::IAM::ManagedPolicy', { PolicyDocument: policy, Roles: fc.array(value, { maxLength: 2 }) }),
    of('AWS::DynamoDB::Table', {
      SSESpecification: optional(fc.constant({ SSEEnabled: true })),
      TableName: optional(value),
    }),
    of('AWS::Logs::LogGroup', {
      LogGroupName: optional(value),
      RetentionInDays: optional(fc.constant(7)),
      KmsKeyId: optional(fc.oneof(value, fc.constant({ 'Fn::GetAtt': ['OwnKey', 'Arn'] }))),
    }),
    of('AWS::SQS::Queue', { QueueName: value }),
    of('AWS::CloudWatch::Alarm', { Dimensions: fc.array(value, { maxLength: 2 }), Statistic: value }),
    of('AWS::Scheduler::Schedule', { Target: fc.record({ Arn: value, RoleArn: value }) }),
    of('AWS::Lambda::Function', {
      Role: value,
      Environment: fc.record({ Variables: fc.record({ A: value }) }),
    }),
    of('AWS::Lambda::EventSourceMapping', { FunctionName: value, EventSourceArn: value }),
    fc.constant({ Type: 'AWS::SNS::Topic' }),
  ];
  const ofApi = ['GatewayResponse', 'Model', 'RequestValidator', 'UsagePlan'].map((type) =>
    of(`AWS::ApiGateway::${type}`, { RestApiId: api, Own: value }),
  );
  const dependency =
    service === 'api' ? ['OwnQueue', 'ApiGatewayDeployment1'] : ['OwnQueue', 'CallerIamRoleLambdaExecution'];
  const attributes = fc
    .record({
      Condition: optional(fc.constant('IsOwn')),
      DependsOn: optional(
        fc.oneof<fc.Arbitrary<string | string[]>[]>(
          fc.constantFrom(...dependency),
          fc.subarray(dependency, { minLength: 1 }),
        ),
      ),
      DeletionPolicy: optional(fc.constantFrom('Delete', 'Retain')),
      UpdateReplacePolicy: optional(fc.constantFrom('Delete', 'Retain')),
      Metadata: optional(fc.record({ Own: value })),
    })
    .map(defined);
  return fc
    .tuple(fc.oneof(...general, ...(service === 'api' ? ofApi : [])), attributes)
    .map(([resource, others]) => ({ ...resource, ...others }) as Written);
}

/** The API with a resource policy of its owner's. */
const apiWithPolicy = policyOf(anyValue('api')).map((Policy) => ({
  Type: 'AWS::ApiGateway::RestApi',
  Properties: { Name: 'own', EndpointConfiguration: { Types: ['REGIONAL'] }, Policy },
}));

const KEY = 'mrk-0123456789abcdef0123456789abcdef';
const settings = fc.record(
  {
    accessMode: fc.constant('resource-policy'),
    privateApi: fc.constant({
      vpcEndpointIds: ['vpce-0123456789abcdef0'],
      subnetIds: ['subnet-0123456789abcdef0'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    }),
    tableKeyId: fc.constant(KEY),
    apiLogKeyId: fc.constant(KEY),
    callerLogKeyId: fc.constant(KEY),
    rolePath: fc.constant('/company/'),
    permissionsBoundary: fc.constant('company'),
    retainData: fc.constant(true),
    logRetentionInDays: fc.constant(30),
    callerRoleName: fc.constant('caller-2'),
    previousCallerRoleName: fc.constant('caller-1'),
    securityPolicy: fc.constant('SecurityPolicy_TLS13_1_3_2025_09'),
    alarms: fc.constant(true),
  },
  { requiredKeys: [] },
);

interface Change {
  readonly path: string;
  readonly how: Touch['how'];
}

/** Where a value differs from what its owner wrote. */
function changesOf(written: unknown, packaged: unknown, path = ''): readonly Change[] {
  if (isDeepStrictEqual(written, packaged)) return [];
  if (written === undefined) return [{ path, how: 'completes' }];
  if (Array.isArray(packaged)) {
    const own = Array.isArray(written) ? written : [written];
    let next = 0;
    for (const item of packaged) if (next < own.length && isDeepStrictEqual(own[next], item)) next += 1;
    if (next === own.length) return [{ path, how: 'adds' }];
  }
  const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(written) || !isMap(packaged)) return [{ path, how: 'replaces' }];
  return [...new Set([...Object.keys(written), ...Object.keys(packaged)])].flatMap((key) =>
    changesOf(written[key], packaged[key], path === '' ? key : `${path}.${key}`),
  );
}

const isBelow = (path: string, touch: Touch) => path === touch.path || path.startsWith(`${touch.path}.`);

/** The touches that explain a change of a resource. */
function touchesOf(type: string, { path, how }: Change): readonly Touch[] {
  return TOUCHES.filter(
    (touch) =>
      (touch.types === undefined || touch.types.includes(type)) &&
      isBelow(path, touch) &&
      (touch.how === how || touch.how === 'replaces'),
  );
}

/** What was written, with the names that a step replaces: as far as a touch says that names are followed. */
function followed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  const text = [...names].reduce((all, [from, to]) => all.replaceAll(from, to), JSON.stringify(value));
  return JSON.parse(text);
}

function withSuffix(resource: Written, suffix: string): Written {
  const { Properties } = resource;
  return Properties?.RoleName === LONG
    ? { ...resource, Properties: { ...Properties, RoleName: `${LONG}${suffix}` } }
    : resource;
}

/** The touches that explained a change. */
const seen = new Set<Touch>();

test.each(['api', 'caller'] as const)(
  'what an owner adds to the template of the %s is packaged as it was written, but for what a step is known to touch',
  async (service) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(resourceOf(service), { maxLength: 6 }),
        service === 'api' ? fc.option(apiWithPolicy, { nil: undefined }) : fc.constant(undefined),
        fc.array(anyValue(service), { maxLength: 2 }),
        settings,
        fc.boolean(),
        async (list, api, values, chosen, isElsewhere) => {
          const region = isElsewhere && chosen.privateApi === undefined ? ADDITIONAL_REGION : REGION;
          const suffix = region === REGION ? '' : `_${region}`;
          const own = Object.fromEntries(
            list.map((resource, index) => [`Own${index}`, withSuffix(resource, suffix)]),
          );
          const written: Record<string, Written> = {
            OwnQueue: { Type: 'AWS::SQS::Queue', Properties: {} },
            OwnKey: { Type: 'AWS::KMS::Key', Properties: {} },
            ...own,
            ...(api !== undefined && { ApiGatewayRestApi: api }),
          };
          const outputs = Object.fromEntries(values.map((Value, index) => [`Own${index}`, { Value }]));
          const conditions = { IsOwn: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, REGION] } };
          const stage = {
            region: REGION,
            apiAccountId: ACCOUNT,
            callerAccountId: '222222222222',
            externalId: 'external-id-of-caller',
            callers: { report: { function: 'report', externalId: 'external-id-of-report' } },
            ...chosen,
          };
          const { template } = await pair.package(service, stage, {
            region,
            resources: written as Readonly<Record<string, Resource>>,
            outputs,
            conditions,
            ...(service === 'caller' && {
              apiOutputs: {
                ApiUrl: `https://0123456789.execute-api.${REGION}.amazonaws.com/dev`,
                ApiArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:0123456789/dev`,
                InvokeRoleArn: `arn:aws:iam::${ACCOUNT}:role/depot-dev-invoke`,
              },
            }),
          });
          const roleName = `${chosen.callerRoleName}${suffix}`;
          const names = new Map([
            ...(service === 'caller' && chosen.callerRoleName !== undefined
              ? [['CallerIamRoleLambdaExecution', `CallerRole${hash(roleName, 8)}`] as const]
              : []),
          ]);
          for (const [id, resource] of Object.entries(written)) {
            const { DependsOn, ...others } = { Properties: {}, ...resource };
            const waits = followed(
              DependsOn ?? null,
              new Map([...names, ['ApiGatewayDeployment1', 'ApiGatewayStage']]),
            );
            const expected = {
              ...(followed({ ...others, Metadata: undefined }, names) as object),
              // Names in metadata are followed, too.
              ...(others.Metadata !== undefined && { Metadata: followed(others.Metadata, names) }),
              ...(waits !== null && { DependsOn: waits }),
            };
            const changes = changesOf(expected, JSON.parse(JSON.stringify(template.Resources[id])));
            const unexplained = changes.filter((change) => touchesOf(resource.Type, change).length === 0);
            expect({ id, of: resource.Type, unexplained }).toEqual({
              id,
              of: resource.Type,
              unexplained: [],
            });
            for (const touch of changes.flatMap((change) => touchesOf(resource.Type, change)))
              seen.add(touch);
          }
          expect(template.Outputs).toMatchObject(followed(outputs, names) as object);
          expect(template.Conditions).toMatchObject(conditions);
        },
      ),
      { numRuns: 200 },
    );
  },
  60_000,
);

test('each touch is one that a step makes: nothing is on the list in vain', () => {
  expect(TOUCHES.filter((touch) => touch.how !== 'follows' && !seen.has(touch))).toEqual([]);
});

test('the page of the plugin lists all touches', () => {
  const page = readFileSync(join(__dirname, '../../README.md'), 'utf8');
  const rows = TOUCHES.map(
    ({ step, types = ['each'], path, how }) =>
      `| ${types.map((type) => type.replace('AWS::', '')).join(', ')} | ${path} | \`${step}\` ${how} |`,
  );
  expect(rows.filter((row) => !page.includes(`${row}\n`)).join('\n')).toBe('');
});

test('a policy that cannot be merged is refused with its path, and nothing else of the owner’s template is a reason', async () => {
  const Policy = { 'Fn::If': ['IsOwn', { Statement: [] }, { Ref: 'AWS::NoValue' }] };
  const resources = {
    ApiGatewayRestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: { Policy } },
  };
  const stage = {
    region: REGION,
    apiAccountId: ACCOUNT,
    callerAccountId: '222222222222',
    externalId: 'external-id-of-caller',
    accessMode: 'resource-policy',
  };
  const packaging = pair.package('api', stage, {
    resources,
    conditions: { IsOwn: { 'Fn::Equals': ['a', 'a'] } },
  });
  await expect(packaging).rejects.toThrow('Resources.ApiGatewayRestApi.Properties.Policy is Fn::If');
});
