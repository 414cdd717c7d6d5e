import * as v from 'valibot';
import { operationsOf, type ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, paginate, wholeNumber } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
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

const names = v.pipe(v.array(v.string()), atLeast<string[]>(1), atMost<string[]>(10));
/** Values are stored in plain text. Without decryption, a SecureString is not shown. */
const WithDecryption = v.optional(v.boolean(), false);

/** The operations on parameters. They need no permission on a KMS key, as with the AWS managed key. */
export function parameterOperations(store: ParameterStore): readonly ServiceOperation[] {
  return [
    operation('PutParameter', {
      input: v.object({
        Name: v.string(),
        Value: v.pipe(v.string(), atLeast(1)),
        Type: v.optional(v.picklist(parameterTypes)),
        Description: withoutEffect(v.optional(v.string()), 'descriptions cannot be read'),
        Tier: v.optional(v.picklist(['Standard', 'Advanced', 'Intelligent-Tiering']), 'Standard'),
        DataType: v.optional(v.literal('text', 'local AWS only has the data type text.')),
        Overwrite: v.optional(v.boolean(), false),
      }),
      requires: ({ Name, Overwrite }, caller) => ({
        resource: parameterArn(caller, Name),
        context: { 'ssm:Overwrite': String(Overwrite) },
      }),
      handle({ Name, Value, Type, Tier, Overwrite }, call) {
        const present = store.find(call, Name);
        const type = Type ?? (present && latestOf(present).type);
        if (type === undefined) {
          throw validationError('A parameter type is required when you create a parameter.');
        }
        const settings = { type, value: Value, tier: Tier };
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
        const prefix = Path.endsWith('/') ? Path : `${Path}/`;
        const below = store
          .list(call)
          .filter(({ name }) => name.startsWith(prefix))
          .filter(({ name }) => Recursive || !name.slice(prefix.length).includes('/'));
        const { items, next } = paginate(below, {
          size: MaxResults,
          token: NextToken,
          key: ({ name }) => name,
          invalidToken: () => validationError('The specified token is not valid.'),
        });
        return { Parameters: items.map((one) => shown(one, latestOf(one), decrypts)), NextToken: next };
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
