import type { Resource } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { referencesIn } from '../template/references.ts';

/** A resource that an earlier stack of the stage has left. */
export interface Retained {
  readonly id: string;
  readonly resource: Resource;
  /** What CloudFormation identifies it by: the `primaryIdentifier` of AWS's schema of its type. */
  readonly identifier: Readonly<Record<string, string>>;
}

/**
 * The properties without which CloudFormation refuses a resource, or that it sets only when it creates one: an update that adds one of them
 * replaces the resource by an empty one. From AWS's schemas: `required` and `createOnlyProperties`.
 */
export const FIXED_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'ImportSourceSpecification'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::KMS::Key': [],
  'AWS::KMS::ReplicaKey': ['PrimaryKeyArn', 'KeyPolicy'],
  'AWS::KMS::Alias': ['AliasName', 'TargetKeyId'],
};

/**
 * Makes the template of an import. It has the retained resources only, as an import may create nothing. A property that refers to something
 * else is left out: the import does not change the resource, and the update that follows sets the property. References between retained
 * resources stay, so that the update does not encrypt a table anew, which DynamoDB refuses after a few times a day.
 * @returns a template, which refers to nothing that it lacks
 * @throws Mistake if a property that an update cannot set refers to something else
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
export function importTemplate(retained: readonly Retained[]): { readonly Resources: object } {
  const imported = new Set(retained.map(({ id }) => id));
  const isForeign = (name: string) => !name.startsWith('AWS::') && !imported.has(name);
  return {
    Resources: Object.fromEntries(
      retained.map(({ id, resource, identifier }) => {
        const { Type, DeletionPolicy, UpdateReplacePolicy, Properties, DependsOn } = resource;
        const kept = Object.entries(Properties).flatMap(([name, value]) => {
          // A name that refers to something else is known by now.
          if (identifier[name] !== undefined) return [[name, identifier[name]]];
          const foreign = [...referencesIn(value)].filter(isForeign);
          if (foreign.length === 0) return [[name, value]];
          if (!FIXED_PROPERTIES[Type]?.includes(name)) return [];
          throw new Mistake(
            `CloudFormation cannot take over ${id}, which the earlier stack has left: its ${name} refers to ${foreign.join(', ')}, and only the creation of a resource sets this property. Write a value without a reference into serverless.yml, or, for ImportSourceSpecification, remove it: the items are there. Nothing has been changed.`,
          );
        });
        const after = [DependsOn ?? []].flat().filter((other) => imported.has(other));
        return [
          id,
          {
            Type,
            ...(DeletionPolicy !== undefined && { DeletionPolicy }),
            ...(UpdateReplacePolicy !== undefined && { UpdateReplacePolicy }),
            ...(after.length > 0 && { DependsOn: after }),
            Properties: Object.fromEntries(kept),
          },
        ];
      }),
    ),
  };
}
