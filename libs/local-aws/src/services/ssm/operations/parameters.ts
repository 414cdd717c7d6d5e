import * as v from 'valibot';
import { operationsOf, type ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, paginate, wholeNumber } from '../../../protocols/shapes.ts';
import {
  latestOf,
  type Parameter,
  type ParameterStore,
  type ParameterVersion,
  parameterArn,
  parameterNotFound,
  parameterTypes,
  validationError,
} from '../store.ts';

const operation = operationsOf('ssm', 'ValidationException');

const filterValues = v.pipe(v.array(v.string()), atLeast<string[]>(1), atMost<string[]>(50));
const names = v.pipe(v.array(v.string()), atLeast<string[]>(1), atMost<string[]>(10));
/** Values are stored in plain text. Without decryption, a SecureString is not shown. */
const WithDecryption = v.optional(v.boolean(), false);

/**
 * A filter of DescribeParameters, of the keys that parameters have here.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
 */
const parameterFilter = v.variant('Key', [
  v.object({
    Key: v.literal('Name'),
    Option: v.optional(v.picklist(['Equals', 'BeginsWith', 'Contains']), 'Equals'),
    Values: filterValues,
  }),
  v.object({
    Key: v.literal('Path'),
    Option: v.optional(v.picklist(['OneLevel', 'Recursive']), 'OneLevel'),
    Values: filterValues,
  }),
  v.object({
    Key: v.picklist(['Type', 'Tier', 'DataType']),
    Option: v.optional(v.literal('Equals'), 'Equals'),
    Values: filterValues,
  }),
]);

type ParameterFilter = v.InferOutput<typeof parameterFilter>;

/** The operations on parameters. They need no permission on a KMS key, as with the AWS managed key. */
export function parameterOperations(store: ParameterStore): readonly ServiceOperation[] {
  return [
    operation('PutParameter', {
      input: v.object({
        Name: v.string(),
        Value: v.pipe(v.string(), atLeast(1)),
        Type: v.optional(v.picklist(parameterTypes)),
        Description: v.optional(v.pipe(v.string(), atMost(1024))),
        Tier: v.optional(v.picklist(['Standard', 'Advanced', 'Intelligent-Tiering']), 'Standard'),
        DataType: v.optional(v.literal('text', 'local AWS only has the data type text.')),
        Overwrite: v.optional(v.boolean(), false),
      }),
      requires: ({ Name, Overwrite }, caller) => ({
        resource: parameterArn(caller, Name),
        context: { 'ssm:Overwrite': String(Overwrite) },
      }),
      handle({ Name, Value, Type, Tier, Overwrite, Description }, call) {
        const present = store.find(call, Name);
        const type = Type ?? (present && latestOf(present).type);
        if (type === undefined) {
          throw validationError('A parameter type is required when you create a parameter.');
        }
        const description = Description ?? (present && latestOf(present).description);
        const settings = { type, value: Value, tier: Tier, description, author: call.principal.arn };
        const { version, tier } = store.put(call, Name, settings, Overwrite);
        return { Version: version, Tier: tier };
      },
    }),
    operation('GetParameter', {
      input: v.object({ Name: v.string(), WithDecryption }),
      requires: ({ Name }, caller) => arnOf(Name, caller),
      handle({ Name, WithDecryption: decrypts }, call) {
        const found = store.findVersion(call, Name);
        if (found === undefined) throw parameterNotFound();
        return { Parameter: shown(...found, decrypts) };
      },
    }),
    operation('GetParameters', {
      input: v.object({ Names: names, WithDecryption }),
      requires: ({ Names }, caller) => Names.map((name) => ({ resource: arnOf(name, caller) })),
      handle({ Names, WithDecryption: decrypts }, call) {
        const found = Names.map((name) => ({ name, found: store.findVersion(call, name) }));
        return {
          Parameters: found.flatMap((one) => (one.found ? [shown(...one.found, decrypts)] : [])),
          InvalidParameters: found.flatMap((one) => (one.found ? [] : [one.name])),
        };
      },
    }),
    operation('GetParametersByPath', {
      input: v.object({
        Path: v.pipe(v.string(), v.startsWith('/', 'The parameter path must begin with a slash.')),
        Recursive: v.optional(v.boolean(), false),
        WithDecryption,
        MaxResults: v.optional(wholeNumber(1, 10), 10),
        NextToken: v.optional(v.string()),
      }),
      requires: ({ Path, Recursive }, caller) => ({
        resource: parameterArn(caller, Path),
        context: { 'ssm:Recursive': String(Recursive) },
      }),
      handle({ Path, Recursive, WithDecryption: decrypts, MaxResults, NextToken }, call) {
        const below = store.list(call).filter(({ name }) => isBelow(name, Path, Recursive));
        const { items, next } = paginate(below, {
          size: MaxResults,
          token: NextToken,
          key: ({ name }) => name,
          invalidToken: () => validationError('The specified token is not valid.'),
        });
        return { Parameters: items.map((one) => shown(one, latestOf(one), decrypts)), NextToken: next };
      },
    }),
    operation('DescribeParameters', {
      input: v.object({
        ParameterFilters: v.optional(v.array(parameterFilter), []),
        MaxResults: v.optional(wholeNumber(1, 50), 50),
        NextToken: v.optional(v.string()),
      }),
      // AWS's refusals name `*`: https://github.com/terraform-aws-modules/terraform-aws-iam/issues/347
      requires: () => '*',
      handle({ ParameterFilters, MaxResults, NextToken }, call) {
        const found = store
          .list(call)
          .filter((one) => ParameterFilters.every((filter) => passes(one, filter)));
        const { items, next } = paginate(found, {
          size: MaxResults,
          token: NextToken,
          key: ({ name }) => name,
          invalidToken: () => validationError('The specified token is not valid.'),
        });
        return { Parameters: items.map(described), NextToken: next };
      },
    }),
    operation('DeleteParameter', {
      input: v.object({ Name: v.string() }),
      requires: ({ Name }, caller) => parameterArn(caller, Name),
      handle({ Name }, call) {
        if (!store.delete(call, Name)) throw parameterNotFound();
      },
    }),
  ];
}

/** The ARN of a selector's parameter, without the version. */
function arnOf(selector: string, caller: Parameters<typeof parameterArn>[0]): string {
  if (selector.startsWith('arn:')) return selector.replace(/(:parameter\/[^:]*):.*$/, '$1');
  return parameterArn(caller, selector.split(':', 1)[0] ?? '');
}

function shown({ name, arn }: Parameter, one: ParameterVersion, decrypts: boolean) {
  const isHidden = one.type === 'SecureString' && !decrypts;
  return {
    Name: name,
    Type: one.type,
    // AWS shows a ciphertext.
    Value: isHidden ? Buffer.from(`encrypted:${arn}:${one.version}`).toString('base64') : one.value,
    Version: one.version,
    LastModifiedDate: one.modifiedAt,
    ARN: arn,
    DataType: 'text',
  };
}

/** A parameter without its value. */
function described(parameter: Parameter) {
  const { name, arn } = parameter;
  const { type, version, modifiedAt, tier, description, author } = latestOf(parameter);
  return {
    Name: name,
    ARN: arn,
    Type: type,
    LastModifiedDate: modifiedAt,
    LastModifiedUser: author,
    Description: description,
    Version: version,
    Tier: tier,
    Policies: [],
    DataType: 'text',
  };
}

/** Whether one of the filter's values matches. */
function passes(parameter: Parameter, filter: ParameterFilter): boolean {
  const { name } = parameter;
  const { type, tier } = latestOf(parameter);
  return filter.Values.some((value) => {
    switch (filter.Key) {
      case 'Name':
        if (filter.Option === 'Equals') return name === value;
        return filter.Option === 'BeginsWith' ? name.startsWith(value) : name.includes(value);
      case 'Path':
        return isBelow(name, value, filter.Option === 'Recursive');
      default:
        return { Type: type, Tier: tier, DataType: 'text' }[filter.Key] === value;
    }
  });
}

function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  return name.startsWith(prefix) && (isRecursive || !name.slice(prefix.length).includes('/'));
}
