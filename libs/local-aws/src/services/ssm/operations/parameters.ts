import * as v from 'valibot';
import { type Operation, operationsOf } from '../../../protocols/operation.ts';
import { atLeast, atMost } from '../../../protocols/shapes.ts';
import {
  type Parameter,
  type ParameterStore,
  parameterArn,
  parameterNotFound,
  parameterTypes,
  validationError,
} from '../store.ts';

const operation = operationsOf('ssm', 'ValidationException');

const readName = v.pipe(
  v.string(),
  v.regex(
    /^[^:]*$/,
    'local AWS takes the name of a parameter, not its ARN, and keeps no version but the latest: leave versions and labels out',
  ),
);
const readNames = v.pipe(v.array(readName), atLeast<string[]>(1), atMost<string[]>(10));
/** Values are in memory as they are. Without decryption, a secure one is not shown. */
const WithDecryption = v.optional(v.boolean(), false);

/** The operations on parameters. Keys of KMS are not asked for, as with the key that AWS manages. */
export function parameterOperations(store: ParameterStore): readonly Operation[] {
  return [
    operation('PutParameter', {
      input: v.object({
        Name: v.string(),
        Value: v.pipe(v.string(), atLeast(1)),
        Type: v.optional(v.picklist(parameterTypes)),
        // No operation shows it.
        Description: v.optional(v.string()),
        Tier: v.optional(v.picklist(['Standard', 'Advanced', 'Intelligent-Tiering']), 'Standard'),
        DataType: v.optional(v.literal('text', 'local AWS only has the data type text.')),
        Overwrite: v.optional(v.boolean(), false),
      }),
      requires: ({ Name }, caller) => parameterArn(caller, Name),
      handle({ Name, Overwrite, ...given }, call) {
        const present = store.find(call, Name);
        const type = given.Type ?? present?.type;
        if (type === undefined) {
          throw validationError('A parameter type is required when you create a parameter.');
        }
        const settings = { type, value: given.Value, tier: given.Tier };
        const { version, tier } = store.put(call, Name, settings, Overwrite);
        return { Version: version, Tier: tier };
      },
    }),
    operation('GetParameter', {
      input: v.object({ Name: readName, WithDecryption }),
      requires: ({ Name }, caller) => parameterArn(caller, Name),
      handle({ Name, WithDecryption: decrypts }, call) {
        const found = store.find(call, Name);
        if (found === undefined) throw parameterNotFound(Name);
        return { Parameter: shown(found, decrypts) };
      },
    }),
    operation('GetParameters', {
      input: v.object({ Names: readNames, WithDecryption }),
      requires: ({ Names }, caller) => Names.map((name) => ({ resource: parameterArn(caller, name) })),
      handle({ Names, WithDecryption: decrypts }, call) {
        const found = Names.flatMap((name) => store.find(call, name) ?? []);
        return {
          Parameters: found.map((one) => shown(one, decrypts)),
          InvalidParameters: Names.filter((name) => store.find(call, name) === undefined),
        };
      },
    }),
    operation('DeleteParameter', {
      input: v.object({ Name: v.string() }),
      requires: ({ Name }, caller) => parameterArn(caller, Name),
      handle({ Name }, call) {
        if (!store.delete(call, Name)) throw parameterNotFound(Name);
      },
    }),
  ];
}

function shown(one: Parameter, decrypts: boolean) {
  const isHidden = one.type === 'SecureString' && !decrypts;
  return {
    Name: one.name,
    Type: one.type,
    // What AWS shows is a ciphertext.
    Value: isHidden ? Buffer.from(`encrypted:${one.arn}:${one.version}`).toString('base64') : one.value,
    Version: one.version,
    LastModifiedDate: one.modifiedAt,
    ARN: one.arn,
    DataType: 'text',
  };
}
