import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NormalizedSchema } from '@smithy/core/schema';
import { parseSync } from '@swc/core';
import * as v from 'valibot';
import { bareServices, modelOf, sdkClients } from '../all-services.testing.ts';
import { notImplemented } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { schemaOptions, schemaView } from '../core/schema-view.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { rulesOf } from '../services/dynamodb/dynalite/dynalite.ts';
import { membersUnknownToDynalite } from '../services/dynamodb/dynalite/unknown-members.ts';
import s3Errors from '../services/s3/errors.json' with { type: 'json' };
import { type AwsOperation, awsErrors, awsOperations, membersOf } from './aws-schemas.testing.ts';
import { TRUE_ON_AWS } from './operation.ts';
import { isProtocolHeader } from './rest-xml.ts';
import { entriesOf, unknownMembers } from './unknown-members.ts';

/*
 * Holds local AWS against AWS's own schemas, which the clients of the AWS SDK export.
 */

const services = bareServices.flatMap(({ endpoint }) => {
  const name = modelOf(endpoint);
  const client = sdkClients[name];
  return client === undefined ? [] : [{ name, endpoint, client }];
});

/** The operations that local AWS has, each with AWS's own description. */
const pairs = services.flatMap(({ name: service, endpoint, client }) => {
  const known = new Map(awsOperations(client).map((operation) => [operation.name, operation]));
  return (endpoint.operations ?? []).map((own) => ({ service, own, aws: known.get(own.name) }));
});

test('every operation exists on AWS', () => {
  expect(pairs.filter(({ aws }) => aws === undefined)).toEqual([]);
});

test('every REST operation has the method, path and status of AWS', () => {
  const rest = pairs.filter(({ own }) => own.http !== undefined);
  expect(rest.length).toBeGreaterThan(30);
  for (const { own, aws } of rest) {
    const { template, status } = own.http ?? {};
    const route = template?.includes('?') ? aws?.route : aws?.route.split('?')[0];
    expect([own.name, template]).toEqual([own.name, route]);
    if (aws?.status !== undefined) expect([own.name, status]).toEqual([own.name, aws.status]);
  }
});

describe('a request to a REST service', () => {
  /** Operations with the method and path of another one on another host. */
  const otherHosts = ['ListDirectoryBuckets', 'WriteGetObjectResponse'];
  const rest = services.filter(({ name }) => ['s3', 'lambda', 'apigateway', 'apigatewayv2'].includes(name));
  test.each(rest)('finds its operation of $name, or an error that names it', ({ name, endpoint, client }) => {
    const own = new Set(endpoint.operations?.map((operation) => operation.name));
    for (const aws of awsOperations(client)) {
      if (otherHosts.includes(aws.name)) continue;
      expect([aws.name, routed(endpoint, aws)]).toEqual([
        aws.name,
        own.has(aws.name) ? aws.name : `NotImplemented: ${notImplemented(name, aws.name).message}`,
      ]);
    }
  });

  function routed(endpoint: Endpoint, { route }: AwsOperation): string {
    const [method = '', uri = ''] = route.split(' ');
    const [template = '', markers = ''] = uri.split('?', 2);
    const request: AwsRequest = {
      requestId: 'id',
      method,
      host: 'localhost',
      rawPath: template.replace(/\{\w+\+?\}/g, 'x'),
      rawQuery: markers,
      headers: [],
      body: Buffer.from('{}'),
      sourceIp: '127.0.0.1',
      secureTransport: true,
      receivedAt: new Date(0),
    };
    try {
      return endpoint.route(request).operation;
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      return `${code}: ${message.split(' See ')[0]}`;
    }
  }
});

describe('every member of an input that AWS knows', () => {
  const documents = pairs.flatMap(({ service, own, aws }) =>
    own.input === undefined || aws === undefined ? [] : [{ service, own: { ...own, input: own.input }, aws }],
  );

  test('is handled, or refused by name', () => {
    const dropped = documents.flatMap(({ own, aws, service }) =>
      // dynalite checks the members within those that are forwarded to it. The test below looks at these.
      service === 'dynamodb' ? [] : unhandled(own.input, aws.members, `${own.name}.`),
    );
    expect(dropped).toEqual([]);
  });

  test('within a member that is forwarded to dynalite is known to it, or refused by name', () => {
    const forwarded = documents.filter(({ service }) => service === 'dynamodb');
    expect(forwarded.length).toBeGreaterThan(10);
    for (const { own, aws } of forwarded) {
      const { types } = rulesOf(own.name);
      for (const member of aws.members) {
        if (entriesOf(own.input)?.has(member.wireName) !== true) continue;
        for (const { input, path } of samplesWithin(member.schema, [member.wireName])) {
          // The member itself is named, or the one around it.
          const name = path.join('.');
          const isRefused = membersUnknownToDynalite(types, input).some((one) =>
            `${name}.`.startsWith(`${one}.`),
          );
          expect([own.name, name, isRefused]).toEqual([own.name, name, !dynaliteKeeps(types, input, path)]);
        }
      }
    }
  });

  test('that is a switch and unknown is off by default on AWS, or counts if it is false', () => {
    const switches = documents.flatMap(({ service, own, aws }) =>
      undeclaredSwitches(own.input, aws.members, `${service}:${own.name}.`),
    );
    const counting = new Set([...TRUE_ON_AWS].map((path) => path.toLowerCase()));
    const judged = switches.filter(
      (path) => !counting.has(path.toLowerCase().replace('apigatewayv2:', 'apigateway:')),
    );
    expect(judged.sort()).toEqual(offByDefault.toSorted());
  });

  test('has the same name in local AWS', () => {
    const strange = documents.flatMap(({ own, aws }) => {
      const known = new Set(
        aws.members.map(({ wireName, in: where }) =>
          where === 'header' ? wireName.toLowerCase() : wireName,
        ),
      );
      const declared = [...(entriesOf(own.input)?.keys() ?? [])];
      return declared.filter((name) => !known.has(name)).map((name) => `${own.name}.${name}`);
    });
    expect(strange).toEqual([]);
  });

  test('that is a header is declared, refused, or read from the request', () => {
    const headers = documents.flatMap(({ service, own, aws }) =>
      aws.members
        .filter(({ in: where, wireName }) => where === 'header' && isIgnored(service, own.input, wireName))
        .map(({ wireName }) => wireName),
    );
    expect([...new Set(headers)].sort()).toEqual([
      ...['Cache-Control', 'Content-Disposition', 'Content-Encoding', 'Content-Language', 'Content-Length'],
      ...['Content-MD5', 'Content-Type', 'Expires'],
      ...['X-Amz-Client-Context', 'X-Amz-Durable-Execution-Name', 'X-Amz-Invocation-Type', 'X-Amz-Log-Type'],
      'X-Amz-Tenant-Id',
      ...['x-amz-checksum-crc32', 'x-amz-checksum-crc32c', 'x-amz-checksum-crc64nvme'],
      ...['x-amz-checksum-sha1', 'x-amz-checksum-sha256', 'x-amz-sdk-checksum-algorithm'],
    ]);
  });

  /** Whether the schema of the input says nothing about a header. REST-XML refuses all `x-amz-` headers that it does not know. */
  function isIgnored(service: string, schema: v.GenericSchema, header: string): boolean {
    const name = header.toLowerCase();
    const isRefused = service === 's3' && name.startsWith('x-amz-') && !isProtocolHeader(name);
    return !isRefused && !entriesOf(schema)?.has(name);
  }
});

interface Sample {
  readonly input: object;
  readonly path: readonly string[];
}

/** Inputs with one member each, for all members within a member. Lists and maps have one item. Attributes of items are data. */
function samplesWithin(schema: NormalizedSchema, path: readonly string[]): Sample[] {
  const valueAt = ([name = '', ...rest]: readonly string[]): object => {
    const inner = rest.length === 0 ? 'x' : valueAt(rest);
    return name === '1' ? [inner] : { [name]: inner };
  };
  if (membersOf(schema).some(({ name }) => name === 'SS')) return [];
  if (schema.isListSchema()) return samplesWithin(schema.getValueSchema(), [...path, '1']);
  if (schema.isMapSchema()) return samplesWithin(schema.getValueSchema(), [...path, 'key']);
  return membersOf(schema).flatMap(({ name, schema: inner }) => {
    const own = [...path, name];
    return [{ input: valueAt(own), path: own }, ...samplesWithin(inner, own)];
  });
}

/** Whether dynalite takes a member, or refuses its value. The judge is dynalite's own check, which leaves out other members. */
function dynaliteKeeps(types: object, input: object, path: readonly string[]): boolean {
  const { checkTypes } = createRequire(__filename)('dynalite/validations/index.js');
  try {
    const checked: object = checkTypes(structuredClone(input), types);
    return (
      path.reduce<unknown>(
        (value, name) => (value as Record<string, unknown>)?.[name === '1' ? 0 : name],
        checked,
      ) !== undefined
    );
  } catch {
    return true;
  }
}

/** The paths of switches that a schema does not declare. */
function undeclaredSwitches(
  schema: v.GenericSchema,
  members: AwsOperation['members'],
  path: string,
): string[] {
  const entries = entriesOf(schema);
  return members.flatMap((member) => {
    const declared = entries?.get(member.wireName);
    if (member.schema.isBooleanSchema()) return declared === undefined ? [path + member.name] : [];
    if (!member.schema.isStructSchema()) return [];
    return undeclaredSwitches(declared ?? v.unknown(), membersOf(member.schema), `${path}${member.name}.`);
  });
}

/** Switches of AWS that local AWS lacks, and that are off unless a request turns them on (AWS's API references). */
const offByDefault = [
  'apigateway:CreateDeployment.cacheClusterEnabled',
  'apigateway:CreateDeployment.canarySettings.useStageCache',
  'apigateway:CreateDeployment.tracingEnabled',
  'apigateway:CreateStage.cacheClusterEnabled',
  'apigateway:CreateStage.canarySettings.useStageCache',
  'apigatewayv2:UpdateStage.DefaultRouteSettings.DataTraceEnabled',
  'cloudformation:ContinueUpdateRollback.ForceRollback',
  'cloudformation:CreateChangeSet.DisableValidation',
  'cloudformation:CreateStack.DisableValidation',
  'cloudformation:CreateStack.RetainExceptOnCreate',
  'cloudformation:ExecuteChangeSet.RetainExceptOnCreate',
  'cloudformation:UpdateStack.DisableValidation',
  'cloudformation:UpdateStack.RetainExceptOnCreate',
  'dynamodb:CreateTable.DeletionProtectionEnabled',
  'dynamodb:CreateTable.SSESpecification.Enabled',
  'dynamodb:CreateTable.StreamSpecification.StreamEnabled',
  'dynamodb:UpdateTable.SSESpecification.Enabled',
  'dynamodb:UpdateTable.StreamSpecification.StreamEnabled',
  'iam:ListPolicies.OnlyAttached',
  'lambda:UpdateFunctionCode.DryRun',
  'logs:CreateLogGroup.deletionProtectionEnabled',
  'logs:DescribeLogGroups.includeLinkedAccounts',
  'logs:FilterLogEvents.unmask',
  'logs:GetLogEvents.unmask',
  's3:CopyObject.BucketKeyEnabled',
  's3:CreateBucket.ObjectLockEnabledForBucket',
  's3:CreateMultipartUpload.BucketKeyEnabled',
  's3:DeleteObject.BypassGovernanceRetention',
  's3:DeleteObjects.BypassGovernanceRetention',
  's3:ListObjectsV2.FetchOwner',
  's3:PutObject.BucketKeyEnabled',
  'ssm:DescribeParameters.Shared',
];

/** The paths of members that local AWS neither declares nor refuses. */
function unhandled(schema: v.GenericSchema, members: AwsOperation['members'], path: string): string[] {
  const entries = entriesOf(schema);
  return members.flatMap((member) => {
    if (member.in === 'header' || member.in === 'payload') return [];
    const known = entries?.get(member.wireName);
    if (known !== undefined) return unhandledWithin(known, member.schema, path + member.name);
    const refused = unknownMembers(schema, { [member.wireName]: 'x' });
    return refused.includes(member.wireName) ? [] : [path + member.name];
  });
}

function unhandledWithin(schema: v.GenericSchema, aws: NormalizedSchema, path: string): string[] {
  const view = schemaView(schema);
  const { type, wrapped, item, value } = view;
  if (wrapped !== undefined) return unhandledWithin(wrapped, aws, path);
  if (type === 'union' || type === 'variant') {
    // An empty list comes as the empty string: of such a union, the list is meant.
    const options = schemaOptions(view);
    const lists = options.filter((option) => schemaView(option).item !== undefined);
    const meant = aws.isListSchema() && lists.length > 0 ? lists : options;
    const found = meant.map((option) => unhandledWithin(option, aws, path));
    return found.sort((a, b) => a.length - b.length)[0] ?? [];
  }
  if (aws.isListSchema() && item !== undefined)
    return unhandledWithin(item, aws.getValueSchema(), `${path}[]`);
  if (aws.isMapSchema() && value !== undefined)
    return unhandledWithin(value, aws.getValueSchema(), `${path}{}`);
  if (aws.isStructSchema() && entriesOf(schema) !== undefined) {
    return unhandled(schema, membersOf(aws), `${path}.`);
  }
  const isComplex = aws.isListSchema() || aws.isMapSchema() || aws.isStructSchema();
  return isComplex && v.safeParse(schema, { x: 'x' }).success ? [path] : [];
}

/** Errors whose status on AWS differs from its schemas. */
const observed: ReadonlyMap<string, number> = new Map([
  // https://github.com/vandium-io/aws-param-store/pull/8
  ['ParameterNotFound', 400],
]);

test('every error has the status of AWS', () => {
  const wrong: string[] = [];
  let checked = 0;
  for (const { name, client } of services) {
    const statuses = awsErrors(client);
    const folders = name === 'iam' ? ['services/iam', 'identity'] : [`services/${name}`];
    const fixed = Object.entries(name === 's3' ? s3Errors : {}).map(([code, { status }]) => ({
      code,
      status,
      file: 'errors.json',
    }));
    for (const { code, status, file } of [...folders.flatMap(thrownErrors), ...fixed]) {
      const expected = observed.get(code) ?? statuses.get(code);
      if (expected === undefined) continue;
      checked += 1;
      if (status !== expected) wrong.push(`${file}: ${name} answers ${code} with ${expected}, not ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(checked).toBeGreaterThan(35);
});

/** The errors that a folder's code makes: each `new AwsError(code, message, status)` and `errorOf(code, status)`. */
function thrownErrors(folder: string): { code: string; status: number; file: string }[] {
  const root = join(__dirname, '..', folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /^(?!.*\.(test|testing|d)\.ts$).*\.ts$/.test(file))
    .flatMap((file) => {
      const found: { code: string; status: number; file: string }[] = [];
      const text = readFileSync(join(root, file), 'utf8');
      JSON.stringify(parseSync(text, { syntax: 'typescript', target: 'es2024' }), (_key, node) => {
        const callee = node?.callee?.value;
        if (callee !== 'AwsError' && callee !== 'errorOf') return node;
        const given = node.arguments.map(({ expression }: { expression: unknown }) => expression);
        const [code, status] = callee === 'errorOf' ? given : [given[0], given[2]];
        if (code.type === 'StringLiteral' && status?.type !== 'Identifier') {
          found.push({ code: code.value, status: status?.value ?? 400, file });
        }
        return node;
      });
      return found;
    });
}
