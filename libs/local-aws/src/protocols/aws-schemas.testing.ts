import { NormalizedSchema } from '@smithy/core/schema';

/*
 * AWS's own schemas of its services, which the clients of the AWS SDK export. They are for tests and generators only: to load
 * them at run time costs 60 MB.
 */

/** A member of an operation's input. */
export interface AwsMember {
  /** Its name in AWS's documentation. */
  readonly name: string;
  /** The part of a request that has it. */
  readonly in: 'label' | 'query' | 'header' | 'headers' | 'payload' | 'document';
  /** Its name in a request. */
  readonly wireName: string;
  readonly required: boolean;
  readonly schema: NormalizedSchema;
}

/** An operation of AWS's schema. */
export interface AwsOperation {
  readonly name: string;
  /** In REST protocols: method and path, with the parameters and `x-amz-` headers that all its requests have: `GET /{Bucket}?acl`. */
  readonly route: string;
  /** The status of a success; `undefined` if the response says it in a member. */
  readonly status: number | undefined;
  readonly members: readonly AwsMember[];
}

/** The operations of an SDK client, from the schemas that its package exports. */
export function awsOperations(client: object): AwsOperation[] {
  return Object.values(client).filter(isOperation).map(describe);
}

/** The HTTP status of each error of an SDK client, by the error's code on the wire. */
export function awsErrors(client: object): Map<string, number> {
  const errors = Object.values(client).filter((value) => Array.isArray(value) && value[0] === -3);
  return new Map(
    errors.map((schema) => {
      const { error, httpError, awsQueryError } = NormalizedSchema.of(schema).getMergedTraits() as {
        readonly error?: string;
        readonly httpError?: number;
        readonly awsQueryError?: readonly [code: string, status: number];
      };
      const [code, status] = awsQueryError ?? [schema[2], httpError ?? (error === 'server' ? 500 : 400)];
      return [code, status];
    }),
  );
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type OperationSchema = readonly [
  kind: 9,
  namespace: string,
  name: string,
  ...rest: [unknown, SchemaRef, SchemaRef],
];

function isOperation(value: unknown): value is OperationSchema {
  return Array.isArray(value) && value[0] === 9;
}

function describe(schema: OperationSchema): AwsOperation {
  const [, , name, , input, output] = schema;
  const { http } = NormalizedSchema.of(schema as unknown as SchemaRef).getMergedTraits() as {
    http?: [string, string, number];
  };
  const members = membersOf(NormalizedSchema.of(input));
  const status = membersTraits(NormalizedSchema.of(output)).some((traits) => 'httpResponseCode' in traits);
  return { name, route: routeOf(http, members), status: status ? undefined : http?.[2], members };
}

/** The members of a structure. */
export function membersOf(structure: NormalizedSchema): AwsMember[] {
  if (!structure.isStructSchema()) return [];
  const required = new Set(requiredNames(structure));
  return [...structure.structIterator()].map(([name, schema]) => {
    const traits = schema.getMergedTraits() as Readonly<Record<string, unknown>>;
    const base = { name, schema, required: required.has(name) };
    if (traits.httpLabel) return { ...base, in: 'label', wireName: name };
    if (traits.httpQuery) return { ...base, in: 'query', wireName: String(traits.httpQuery) };
    if (traits.httpHeader) return { ...base, in: 'header', wireName: String(traits.httpHeader) };
    if (traits.httpPrefixHeaders)
      return { ...base, in: 'headers', wireName: String(traits.httpPrefixHeaders) };
    if (traits.httpPayload) return { ...base, in: 'payload', wireName: String(traits.xmlName ?? name) };
    return { ...base, in: 'document', wireName: String(traits.jsonName ?? traits.xmlName ?? name) };
  });
}

/** A structure has the number of its required members, which come first. */
function requiredNames(structure: NormalizedSchema): readonly string[] {
  const [, , , , names = [], , count = 0] = structure.getSchema() as unknown as readonly [
    ...[unknown, unknown, unknown, unknown],
    readonly string[],
    unknown,
    number?,
  ];
  return names.slice(0, count);
}

function membersTraits(structure: NormalizedSchema): object[] {
  if (!structure.isStructSchema()) return [];
  return [...structure.structIterator()].map(([, member]) => member.getMergedTraits() as object);
}

function routeOf(http: readonly [string, string, number] | undefined, members: readonly AwsMember[]): string {
  if (http === undefined) return '';
  const [method, uri] = http;
  const [path = '', query = ''] = uri.split('?', 2);
  const bucket = members.some(({ name, in: where }) => name === 'Bucket' && where === 'label');
  const markers = [
    ...query.split('&').filter((one) => one !== '' && !one.startsWith('x-id=')),
    ...members
      .filter(({ in: where, required }) => where === 'query' && required)
      .map(({ wireName }) => wireName),
    ...members
      .filter(({ wireName, required }) => wireName === 'x-amz-copy-source' && required)
      .map(({ wireName }) => wireName),
  ];
  const template = `${bucket ? '/{Bucket}' : ''}${path}`.replace(/(.)\/$/, '$1');
  return `${method} ${template}${markers.length === 0 ? '' : `?${markers.join('&')}`}`;
}
