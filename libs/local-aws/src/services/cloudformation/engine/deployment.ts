import type { ResourceState } from '../../resource-type.ts';
import type { ResourceDefinition, Template } from './template/template.ts';

/** What a request deploys. */
export interface Deployment {
  /** The template as it was sent. */
  readonly body: string;
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, string>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly roleArn?: string;
}

/** A resource as a template wants it: functions are evaluated, scalars are converted. The type's schema is still to check it. */
export interface ResourceSpec extends ResourceDefinition {
  /** Logical IDs that it refers to or depends on. */
  readonly dependencies: readonly string[];
}

/** A resource that exists, as it was deployed last. Values of this type are never changed. */
export interface DeployedResource extends ResourceSpec {
  /** Tells a resource from the one that replaced it under the same logical ID. */
  readonly instance: string;
  readonly state: ResourceState;
  /** An update failed half-way: the resource may be anything between its old and its new properties. */
  readonly uncertain: boolean;
}
