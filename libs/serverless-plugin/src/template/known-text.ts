import type { Resource } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import { VARIABLE } from './references.ts';

/** The values of pseudo parameters, e.g. of `AWS::Region`. */
export type PseudoParameters = Readonly<Record<string, string>>;

/** The properties that name a resource, and that `Ref` returns, by type. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
};

/**
 * The text of a value, as CloudFormation will make it.
 * @returns `undefined` if it is only known after a deployment, such as the ID of an API or the value of a parameter
 */
export function knownText(
  value: unknown,
  pseudo: PseudoParameters,
  resources: Readonly<Record<string, Resource>>,
): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  const { Ref: ref, 'Fn::Sub': sub, 'Fn::Join': join } = propertiesOf(value);
  if (typeof ref === 'string') return referred(ref);
  if (sub !== undefined) {
    const [text, variables] = Array.isArray(sub) ? sub : [sub, {}];
    const own = propertiesOf(variables);
    return joined(
      String(text)
        .split(VARIABLE)
        // Each second part is a variable.
        .map((part, index) => {
          if (index % 2 === 0) return part.replaceAll('${!', '${');
          return Object.hasOwn(own, part) ? knownText(own[part], pseudo, resources) : referred(part);
        }),
      '',
    );
  }
  if (!Array.isArray(join) || !Array.isArray(join[1])) return undefined;
  return joined(
    join[1].map((part) => knownText(part, pseudo, resources)),
    String(join[0]),
  );

  function referred(name: string): string | undefined {
    if (name.startsWith('AWS::')) return pseudo[name];
    const { Type = '', Properties } = resources[name] ?? {};
    const { [NAMED_BY[Type] ?? '']: given } = propertiesOf(Properties);
    return knownText(given, pseudo, resources);
  }
}

function joined(parts: readonly (string | undefined)[], separator: string): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(separator);
}
