import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Principal } from '@cross-account-api/iam';
import * as v from 'valibot';
import { modelOf } from './all-services.testing.ts';
import { systemClock } from './core/clock.ts';
import type { AwsRequest } from './core/request.ts';
import { schemaOptions, schemaView } from './core/schema-view.ts';
import { certainValue, kitchenSink, operationInputs } from './declared-members.testing.ts';
import { FaultInjector } from './faults/index.ts';
import { Directory } from './identity/directory.ts';
import type { Operation } from './protocols/operation.ts';
import { type Reads, recordReads, unread } from './recording.testing.ts';
import { createServices } from './services/index.ts';
import { createTrace } from './trace/event.ts';

// Its copy in another spelling would count as a read of all properties.
jest.mock('./services/apigateway/definition/properties.ts', () => {
  const actual = jest.requireActual('./services/apigateway/definition/properties.ts');
  const { renamed } = jest.requireActual('./recording.testing.ts');
  return { ...actual, uncapitalized: (properties: object) => renamed(properties, actual.uncapitalized) };
});

jest.setTimeout(60_000);

/** Members that are read later, e.g. when a request arrives, with a test of their effect. */
const elsewhere: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api CorsConfiguration.AllowHeaders': 'services/execute-api/http-api/cors.test.ts',
  'AWS::ApiGatewayV2::Api CorsConfiguration.AllowMethods': 'services/execute-api/http-api/cors.test.ts',
  'AWS::ApiGatewayV2::Api CorsConfiguration.ExposeHeaders': 'services/execute-api/http-api/cors.test.ts',
  'AWS::ApiGatewayV2::Api CorsConfiguration.MaxAge': 'services/execute-api/http-api/cors.test.ts',
  'AWS::ApiGatewayV2::Stage DefaultRouteSettings.ThrottlingBurstLimit':
    'services/execute-api/http-api/http-plane.test.ts',
  'AWS::ApiGatewayV2::Stage DefaultRouteSettings.ThrottlingRateLimit':
    'services/execute-api/http-api/http-plane.test.ts',
  'AWS::ApiGatewayV2::Stage RouteSettings.*.ThrottlingBurstLimit':
    'services/execute-api/http-api/http-plane.test.ts',
  'AWS::ApiGatewayV2::Stage RouteSettings.*.ThrottlingRateLimit':
    'services/execute-api/http-api/http-plane.test.ts',
  'AWS::Lambda::Alias RoutingConfig.AdditionalVersionWeights.FunctionVersion':
    'services/lambda/operations/versions.test.ts',
  'AWS::Lambda::Alias RoutingConfig.AdditionalVersionWeights.FunctionWeight':
    'services/lambda/operations/versions.test.ts',
  's3:PutObject x-amz-expected-bucket-owner': 'services/s3/operations/buckets.test.ts',
  's3:PutObject if-match': 'services/s3/operations/objects.test.ts',
  's3:PutObject if-none-match': 'services/s3/operations/objects.test.ts',
  'cloudformation:UpdateStack Tags': 'services/cloudformation/update-stack.test.ts',
  'cloudformation:UpdateStack Tags.Key': 'services/cloudformation/update-stack.test.ts',
  'cloudformation:UpdateStack Tags.Value': 'services/cloudformation/update-stack.test.ts',
  'AWS::Lambda::Function Environment.Variables': 'services/lambda/resources/resources.test.ts',
  'AWS::Lambda::Version CodeSha256': 'services/lambda/operations/versions.test.ts',
};

/** Members whose schema refuses all values but one, or that have no effect on AWS either. */
const withOneValue: readonly string[] = [
  'AWS::ApiGatewayV2::Stage AutoDeploy',
  'AWS::CDK::Metadata Analytics',
  's3:CreateBucket x-amz-acl',
  's3:PutObject x-amz-acl',
  's3:PutObject x-amz-server-side-encryption',
  's3:PutObject x-amz-storage-class',
];

/** Whether dynalite's code names a member of a request, outside of the types of members. */
function dynaliteActsOn(member: string): boolean {
  dynaliteCode ??= ['actions', 'db', 'validations']
    .flatMap((folder) => {
      const path = join(dirname(createRequire(__filename).resolve('dynalite/package.json')), folder);
      return readdirSync(path).map((file) => readFileSync(join(path, file), 'utf8'));
    })
    .map((text) => text.replace(/^exports\.types = [\s\S]*?^\}$/m, ''))
    .join('\n');
  return new RegExp(`\\b${member}\\b`).test(dynaliteCode);
}

let dynaliteCode: string | undefined;

const account = { accountId: '111111111111', region: 'us-east-1' };
const directory = new Directory({ clock: systemClock, accountIds: ['111111111111'] });
const services = createServices({
  clock: systemClock,
  directory,
  faults: new FaultInjector(),
  freshAccounts: false,
  tokenIssuers: undefined,
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
  ((endpoint.operations ?? []) as readonly Operation[]).map((operation) => ({
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
  if (type === 'number') return [1, 5, 128, 512].find((value) => fits(schema, value));
  if (type === 'union') return sampleOf(schemaOptions(view).at(0), name);
  if (item !== undefined) return [sampleOf(item, name)];
  if (type === 'record') return { a: sampleOf(value, '') };
  if (entries === undefined) return TEXTS.find((text) => fits(schema, text)) ?? 'a';
  return Object.fromEntries(
    Object.entries(entries).map(([member, inner]) => [member, sampleOf(inner, member)]),
  );
}

/** The operations that were carried out, and the error of each other one. */
const succeeded = new Set<string>();
const failures = new Map<string, string>();

/** Carries out an operation. A failure is kept: it explains what was not read. */
async function run(
  name: string,
  input: object,
  payload: string | Buffer = '',
): Promise<Record<string, unknown>> {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no operation ${name}.`);
  const body = Buffer.from(name.startsWith('dynamodb:') ? JSON.stringify(input) : payload);
  const request: AwsRequest = {
    requestId: 'id',
    method: 'POST',
    host: 'localhost',
    rawPath: '/',
    rawQuery: '',
    headers: [],
    body,
    sourceIp: '127.0.0.1',
    secureTransport: true,
    receivedAt: new Date(),
  };
  let output: object | undefined;
  const route = found.operation.bind(
    () => input,
    (written) => {
      output = written;
      return { status: 200, headers: {}, body: '' };
    },
  );
  try {
    await route.questions({ principal, ...account });
    const call = {
      ...account,
      request,
      principal,
      accessKeyId: 'AKIA',
      payload: request.body,
      decisions: [],
    };
    await route.dispatch(call);
    succeeded.add(name);
  } catch (error) {
    failures.set(name, String(error));
  }
  return (output ?? {}) as Record<string, unknown>;
}

beforeAll(async () => {
  await kitchenSink(run);
  await operationInputs(
    run,
    operations.map(({ name }) => name),
    (name) => sampleOf(operations.find((one) => one.name === name)?.operation.input, '') as object,
  );
});

const isKnown = (path: string) => Object.hasOwn(elsewhere, path) || withOneValue.includes(path);

test.each([...readsOf].filter(([name]) => name.startsWith('AWS::')))(
  'every property of %s is read by the code, or its schema says that it has no effect',
  (name, { schema, reads }) => {
    expect(unread(schema, reads).filter((path) => !isKnown(`${name} ${path}`))).toEqual([]);
  },
);

test('every member of an operation that was carried out is read by the code, or its schema says that it has no effect', () => {
  const found = [...succeeded].flatMap((name) => {
    const { schema, reads } = readsOf.get(name) ?? {};
    return schema === undefined || reads === undefined
      ? []
      : unread(schema, reads)
          .filter((path) => !name.startsWith('dynamodb:') || !dynaliteActsOn(path))
          .map((path) => `${name} ${path}`);
  });
  expect(found.filter((path) => !isKnown(path))).toEqual([]);
  // Operations that the inputs do not reach are not judged. Most are.
  expect([...failures.keys()].filter((name) => !succeeded.has(name)).length).toBeLessThan(succeeded.size / 2);
});

test.each(Object.entries(elsewhere))('%s has its effect later, which %s tests', (path, where) => {
  // Headers have another spelling in the SDK.
  const spelling = (text: string) => text.toLowerCase().replace('x-amz-', '').replaceAll('-', '');
  const name = spelling(path.split(/[ .]/).at(-1) ?? '');
  expect(spelling(readFileSync(join(__dirname, where), 'utf8'))).toContain(name);
});
