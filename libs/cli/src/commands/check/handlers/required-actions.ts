import type { Resource } from '@cross-account-api/serverless-plugin';
import { propertyExceptions, reasonedExceptions } from './exceptions.ts';
import table from './permissions.json' with { type: 'json' };

/** The permissions of a resource type's handlers. */
export interface TypePermissions {
  /** The names of the type's properties. */
  readonly properties: readonly string[];
  /** IAM actions by handler: `create`, `read`, `update`, `delete` and `tagging`. A type without handlers has no actions. */
  readonly handlers: Readonly<Record<string, readonly string[]>>;
  /** Names in the schema that AWS's list of actions does not have. */
  readonly unknown: readonly string[];
}

/** The permissions that AWS's resource schemas list for CloudFormation's handlers: permissions.json. */
export interface HandlerPermissions {
  /** The address of the schemas. */
  readonly source: string;
  /** The date of the schemas, as YYYY-MM-DD. */
  readonly date: string;
  readonly types: Readonly<Record<string, TypePermissions>>;
}

/** The pinned table. `scripts/generate-handler-permissions.ts` writes it. */
export const handlerPermissions: HandlerPermissions = table;

/** The IAM actions of all handlers of a resource type. @returns none if the table does not have the type */
export function actionsOfType(type: string): readonly string[] {
  return [...new Set(Object.values(handlerPermissions.types[type]?.handlers ?? {}).flat())];
}

/**
 * The IAM actions that CloudFormation takes, on behalf of the deployer, for a resource with these properties. The table alone is
 * no reason to let a deployer pass roles, so `iam:PassRole` is left out.
 */
export function requiredActions({ Type, Properties }: Resource): readonly string[] {
  const reasoned = reasonedExceptions.filter(({ type }) => type === Type).flatMap(({ actions }) => actions);
  const byProperty = Object.entries(propertyExceptions[Type] ?? {});
  return actionsOfType(Type).filter((action) => {
    if (action === 'iam:PassRole' || reasoned.includes(action)) return false;
    const properties = byProperty.filter(([, actions]) => actions.includes(action)).map(([path]) => path);
    return properties.length === 0 || properties.some((path) => isSet(Properties, path));
  });
}

/** Whether a property has a value. An empty list counts as absent. @param path @example 'Code.S3ObjectVersion' */
function isSet(properties: unknown, path: string): boolean {
  let value = properties;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
