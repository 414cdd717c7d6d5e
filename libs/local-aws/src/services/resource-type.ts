import { isDeepStrictEqual } from 'node:util';
import { requestTagKeys } from '@cross-account-api/iam';
import type * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import { resourceTagContext } from '../core/resource-tag-context.ts';
import type { Scope } from '../core/scope.ts';
import type { Permission } from '../protocols/operation.ts';
import { type Tag, tagList, tagMap } from '../protocols/shapes.ts';

/** A resource as CloudFormation remembers it. */
export interface ResourceState {
  /** The value of `Ref`. */
  readonly physicalId: string;
  /** The values of `Fn::GetAtt` by attribute name; nested attributes by dotted name (`Outputs.Url`). */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The place of a resource: its account, region, stack and logical ID. */
export interface ResourceContext extends Scope {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** A physical name if the template has none: `<stack>-<logicalId>-<random>`, cut to `maxLength` (default 64). @param prefix in place of the stack's name */
  generateName(options?: { readonly maxLength?: number; readonly prefix?: string }): string;
  /** The stack's tags, for resources that support tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A change that CloudFormation is about to make to a resource. */
export interface ResourceChange<Properties = unknown> extends ResourceContext {
  readonly handler: 'create' | 'update' | 'delete';
  /** Absent before the resource exists. */
  readonly current?: ResourceState;
  readonly properties: Properties;
  /** Before an update. */
  readonly previous?: Properties;
  /** Before an update: the tags that the stack had as the resource was deployed last. */
  readonly previousTags?: Readonly<Record<string, string>>;
}

/** A permission on a resource that the deploying principal needs. */
export type ResourcePermission = Permission & { readonly action: string };

/** Permissions on one resource. @example permissionsOn(arn, 'logs:CreateLogGroup', tags && 'logs:TagResource') */
export function permissionsOn(resource: string, ...actions: readonly (string | false | undefined)[]) {
  return actions.flatMap((action) => (action ? [{ action, resource }] : []));
}

/** Whether one of the named properties is new or different from before. */
export function isChanged<Properties>(
  { properties, previous }: Pick<ResourceChange<Properties>, 'properties' | 'previous'>,
  ...names: readonly (keyof Properties)[]
): boolean {
  return names.some((name) => JSON.stringify(properties[name]) !== JSON.stringify(previous?.[name]));
}

/** Whether a change sets tags, of the resource or of the stack. */
export function tagsChange(change: ResourceChange<{ readonly Tags?: unknown }>): boolean {
  const { handler, properties, tags, previousTags = {} } = change;
  if (handler === 'create') return properties.Tags !== undefined || Object.keys(tags).length > 0;
  return handler === 'update' && (isChanged(change, 'Tags') || !isDeepStrictEqual(tags, previousTags));
}

/**
 * Adds the condition keys of tags to the permissions on a resource: `aws:ResourceTag/*` for the tags that it has, and `aws:RequestTag/*`
 * for requests that set tags.
 * @param present the tags of the resource; `undefined` before it exists
 */
export function withTagContext(
  permissions: readonly ResourcePermission[],
  { tags, properties }: ResourceChange<{ readonly Tags?: readonly Tag[] | undefined }>,
  present: Readonly<Record<string, string>> | undefined,
): readonly ResourcePermission[] {
  const requested = requestTagKeys(tagList({ ...tags, ...tagMap(properties.Tags) }));
  return permissions.map((permission) => ({
    ...permission,
    context: {
      ...resourceTagContext(present),
      ...(/:(Create|TagResource)/.test(permission.action) ? requested : {}),
    },
  }));
}

/** The error for a name in use, in CloudFormation's words (https://github.com/serverless/serverless/issues/12312). */
export class ResourceExistsError extends AwsError {
  /** @param property the property that identifies the resource, e.g. `LogGroupName` */
  constructor(typeName: string, property: string, value: string) {
    const identifier = JSON.stringify({ [`/properties/${property}`]: value });
    super('AlreadyExists', `Resource of type '${typeName}' with identifier '${identifier}' already exists.`);
  }
}

/** A CloudFormation resource type, provided by its service. `Schema` is strict: an unknown property fails the stack. */
export interface ResourceType<Schema extends v.GenericSchema = v.GenericSchema> {
  /** e.g. `AWS::Lambda::Function` */
  readonly typeName: string;
  /** Whether its resources have no effect in local AWS. Each deployment names them. */
  readonly isInert?: true;
  /** Properties that have no effect in local AWS are marked with `withoutEffect`. Each deployment names them where they are set. */
  readonly properties: Schema;
  /** The remedies for AWS's properties that `properties` lacks, by name: a sentence without its full stop. */
  readonly instead?: Readonly<Record<string, string>>;
  /** Properties whose change needs a new resource (CloudFormation's "Update requires: Replacement"). */
  readonly replacedBy: readonly string[];
  /** Properties of which only some changes need a new resource: whether this one does. */
  readonly replacedIf?: Readonly<Record<string, (before: unknown, after: unknown) => boolean>>;
  /** The permissions that the deploying principal needs: those in AWS's schema of the type that the properties require. */
  requires(change: ResourceChange<v.InferOutput<Schema>>): readonly ResourcePermission[];
  create(properties: v.InferOutput<Schema>, context: ResourceContext): Promise<ResourceState>;
  /** Updates in place. Is called only if no property of `replacedBy` changed. */
  update(
    current: ResourceState,
    properties: v.InferOutput<Schema>,
    previous: v.InferOutput<Schema>,
    context: ResourceContext,
  ): Promise<ResourceState>;
  /**
   * Reads the live values of properties, for the comparison with a template. Leaves out what it cannot read.
   * A type without it is not compared.
   * @param properties the resource as it was deployed last
   * @returns properties as a template has them; `undefined` if the resource is gone
   */
  read?(
    current: ResourceState,
    properties: v.InferOutput<Schema>,
    context: Scope,
  ): Readonly<Record<string, unknown>> | undefined;
  /** For types whose resources can be imported: the property by which AWS identifies one. */
  readonly identifiedBy?: string;
  /** Takes over a resource that exists. @throws AwsError if it does not */
  adopt?(
    physicalId: string,
    properties: v.InferOutput<Schema>,
    context: ResourceContext,
  ): Promise<ResourceState>;
  /** Deletes the resource. A resource that is already gone is not an error. */
  delete(current: ResourceState, properties: v.InferOutput<Schema>, context: ResourceContext): Promise<void>;
}
