import { isDeepStrictEqual } from 'node:util';
import type * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import type { Permission } from '../protocols/operation.ts';

/** A resource as CloudFormation remembers it. */
export interface ResourceState {
  /** What `Ref` returns. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` returns, by attribute name; nested attributes by dotted name (`Outputs.Url`). */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a resource type is told about the resource at hand. */
export interface ResourceContext extends Scope {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** A physical name, if the template gives none: `<stack>-<logicalId>-<random>`, cut to `maxLength` (default 64). */
  generateName(options?: { readonly maxLength?: number }): string;
  /** The stack's tags, for resources that take them. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What CloudFormation is about to do with a resource. */
export interface ResourceChange<Properties = unknown> extends ResourceContext {
  readonly handler: 'create' | 'update' | 'delete';
  /** Absent before the resource exists. */
  readonly current?: ResourceState;
  readonly properties: Properties;
  /** Before an update. */
  readonly previous?: Properties;
}

/** A permission that whoever deploys a stack needs for a resource. */
export type ResourcePermission = Permission & { readonly action: string };

/** Permissions on one resource. @example permissionsOn(arn, 'logs:CreateLogGroup', tags && 'logs:TagResource') */
export function permissionsOn(resource: string, ...actions: readonly (string | false | undefined)[]) {
  return actions.flatMap((action) => (action ? [{ action, resource }] : []));
}

/** Whether properties are new or different from before. */
export function isChanged<Properties>(
  { properties, previous }: Pick<ResourceChange<Properties>, 'properties' | 'previous'>,
  ...names: readonly (keyof Properties)[]
): boolean {
  return names.some((name) => JSON.stringify(properties[name]) !== JSON.stringify(previous?.[name]));
}

/** Whether a change sets tags: the resource's own or the stack's. */
export function tagsChange(change: ResourceChange<{ readonly Tags?: unknown }>): boolean {
  const { handler, properties, previous, tags } = change;
  if (handler === 'create') return properties.Tags !== undefined || Object.keys(tags).length > 0;
  // An update without another reason is for the sake of the stack's tags.
  return handler === 'update' && (isChanged(change, 'Tags') || isDeepStrictEqual(properties, previous));
}

/** A resource exists already, in CloudFormation's words (https://github.com/serverless/serverless/issues/12312). */
export class ResourceExistsError extends AwsError {
  /** @param property the property that identifies the resource, e.g. `LogGroupName` */
  constructor(typeName: string, property: string, value: string) {
    const identifier = JSON.stringify({ [`/properties/${property}`]: value });
    super('AlreadyExists', `Resource of type '${typeName}' with identifier '${identifier}' already exists.`);
  }
}

/** A CloudFormation resource type, provided by its service. `Schema` is strict: what it does not name fails the stack. */
export interface ResourceType<Schema extends v.GenericSchema = v.GenericSchema> {
  /** e.g. `AWS::Lambda::Function` */
  readonly typeName: string;
  /** Whether its resources have no effect in local AWS. Each deployment names them. */
  readonly isInert?: true;
  /** Properties that are checked and have no effect in local AWS. Each deployment names them where they are set. */
  readonly inertProperties?: readonly string[];
  readonly properties: Schema;
  /** For properties of AWS's that `properties` does not have: what to do instead, as a sentence without its full stop. */
  readonly instead?: Readonly<Record<string, string>>;
  /** Properties whose change needs a new resource (CloudFormation's "Update requires: Replacement"). */
  readonly replacedBy: readonly string[];
  /** What whoever deploys must be allowed to do: what the properties need of the permissions in AWS's schema of the type. */
  requires(change: ResourceChange<v.InferOutput<Schema>>): readonly ResourcePermission[];
  create(properties: v.InferOutput<Schema>, context: ResourceContext): Promise<ResourceState>;
  /** Updates in place; is only called when nothing of `replacedBy` changed. */
  update(
    current: ResourceState,
    properties: v.InferOutput<Schema>,
    previous: v.InferOutput<Schema>,
    context: ResourceContext,
  ): Promise<ResourceState>;
  /** Deletes; a resource that is already gone is not an error. */
  delete(current: ResourceState, properties: v.InferOutput<Schema>, context: ResourceContext): Promise<void>;
}
