import type { Principal } from '@cross-account-api/iam';
import * as v from 'valibot';
import { modelOf } from './all-services.testing.ts';
import { systemClock } from './core/clock.ts';
import type { AwsRequest } from './core/request.ts';
import { schemaOptions, schemaView } from './core/schema-view.ts';
import { kitchenSink, operationInputs, valueOf } from './declared-members.testing.ts';
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
  const certain = valueOf(name);
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

const failures: string[] = [];

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
  } catch (error) {
    failures.push(`${name}: ${String(error)}`);
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

test('every member that a schema declares is read by the code, or its schema says that it has no effect', () => {
  const found = [...readsOf].flatMap(([name, { schema, reads }]) =>
    unread(schema, reads).map((path) => `${name} ${path}`),
  );
  expect({ found, failures: found.length > 0 ? failures : [] }).toEqual({ found: [], failures: [] });
});
