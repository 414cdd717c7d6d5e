import type { Scope } from '../../../core/scope.ts';
import type { Actor } from './actor.ts';
import type { ChangeSet } from './change-set.ts';
import type { DeployedResource, Deployment } from './deployment.ts';

/** Stack states (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html, StackStatus). */
export type StackStatus =
  | 'REVIEW_IN_PROGRESS'
  | 'CREATE_IN_PROGRESS'
  | 'CREATE_FAILED'
  | 'CREATE_COMPLETE'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_FAILED'
  | 'ROLLBACK_COMPLETE'
  | 'DELETE_IN_PROGRESS'
  | 'DELETE_FAILED'
  | 'DELETE_COMPLETE'
  | 'UPDATE_IN_PROGRESS'
  | 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'
  | 'UPDATE_COMPLETE'
  | 'UPDATE_FAILED'
  | 'UPDATE_ROLLBACK_IN_PROGRESS'
  | 'UPDATE_ROLLBACK_FAILED'
  | 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'
  | 'UPDATE_ROLLBACK_COMPLETE';

/** Resource states, as far as local AWS enters them. */
export type ResourceStatus =
  | `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | 'DELETE_SKIPPED';

/** A logical ID of a stack. Values of this type are never changed, the stack's map of them is. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly statusReason?: string;
  readonly updatedAt: Date;
  readonly physicalId?: string;
  /** Absent before the resource exists and after it is gone. */
  readonly deployed?: DeployedResource;
}

/** A resource that a stack gives up: it is deleted, or only forgotten. */
export interface Retired {
  readonly logicalId: string;
  readonly deployed: DeployedResource;
  /** Not deleted, only forgotten. */
  readonly retain: boolean;
  /** Whether it still has its logical ID; one that was replaced does not. */
  readonly current: boolean;
}

/** Something that happened to a stack or to one of its resources. */
export interface StackEvent {
  readonly eventId: string;
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly type: string;
  readonly timestamp: Date;
  readonly status: StackStatus | ResourceStatus;
  readonly reason?: string;
  /** JSON, for resources whose template has no `NoEcho` parameter. */
  readonly properties?: string;
  readonly clientRequestToken?: string;
}

/** An output with its value. */
export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** A stack. Its operations change it in place; everything that it refers to is immutable. */
export interface Stack extends Scope {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  updatedAt?: Date;
  deletedAt?: Date;
  status: StackStatus;
  statusReason?: string | undefined;
  deployment?: Deployment;
  readonly resources: Map<string, StackResource>;
  /** Resources that an update replaced before it failed without roll-back. The next clean-up deletes them. */
  leftovers: readonly Retired[];
  outputs: readonly StackOutput[];
  /** Names of the exports of other stacks that it uses. */
  imports: ReadonlySet<string>;
  /** Oldest first. */
  readonly events: StackEvent[];
  readonly changeSets: Map<string, ChangeSet>;
  terminationProtection: boolean;
  disableRollback: boolean;
  timeoutInMinutes?: number;
  policy?: string;
  clientRequestToken?: string | undefined;
  /** In whose name the stack is changed. */
  actor?: Actor;
  /** DeleteStack came while the stack was being created: no further resource is begun. */
  isInterrupted?: boolean;
}

/** The resources of a stack that exist, by logical ID. */
export function deployedResources({ resources }: Stack): (readonly [logicalId: string, DeployedResource])[] {
  return [...resources].flatMap(([id, { deployed }]) =>
    deployed === undefined ? [] : [[id, deployed] as const],
  );
}
