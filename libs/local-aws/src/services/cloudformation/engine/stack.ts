import { randomUUID } from 'node:crypto';
import { likelyPartitionOf } from '@cross-account-api/iam';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceState, ResourceType } from '../../resource-type.ts';
import type { StackActor } from './actor.ts';
import type { PartialJson } from './template/resolve.ts';
import type { POLICIES, ResourceDefinition, Template } from './template/template.ts';

type Phase = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** Stack states (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html, StackStatus). */
export type StackStatus =
  | 'REVIEW_IN_PROGRESS'
  | `${'CREATE' | 'ROLLBACK' | 'DELETE' | 'UPDATE' | 'UPDATE_ROLLBACK' | 'IMPORT' | 'IMPORT_ROLLBACK'}_${Phase}`
  | `${'UPDATE' | 'UPDATE_ROLLBACK'}_COMPLETE_CLEANUP_IN_PROGRESS`;

/** The resource states that local AWS uses. */
type ResourceStatus = `${'CREATE' | 'UPDATE' | 'DELETE' | 'IMPORT'}_${Phase}` | 'DELETE_SKIPPED';

/** The template and the settings that a request deploys. */
export interface RequestedStack {
  /** The template's text as the caller sent it. */
  readonly body: string;
  /** The template's text after its transforms, which is JSON; the same as `body` if it has none. */
  readonly processedBody: string;
  /** The declared transforms, e.g. `AWS::Serverless-2016-10-31`. */
  readonly transforms: readonly string[];
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, string>;
  /** Values from Systems Manager, by the name of the template parameter that refers to them. */
  readonly resolvedParameters: ReadonlyMap<string, string>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly roleArn?: string;
  /** Whether what was changed past CloudFormation is put back, too: the change set is drift-aware. */
  readonly revertsDrift?: true;
  /** For an import: the physical IDs of the resources that it takes over, by logical ID. */
  readonly imported?: ReadonlyMap<string, string>;
}

/** What happens to a resource that leaves its stack, or that is replaced. Default: `Delete`. */
export interface Policies {
  readonly DeletionPolicy?: (typeof POLICIES.DeletionPolicy)[number] | undefined;
  readonly UpdateReplacePolicy?: (typeof POLICIES.UpdateReplacePolicy)[number] | undefined;
}

/** A resource as a template declares it. Functions are evaluated and scalars coerced, but the type's schema is not checked yet. */
export interface ResourceSpec extends Omit<ResourceDefinition, keyof Policies>, Policies {
  readonly type: ResourceType;
  /** Logical IDs of the resources that it refers to or depends on. */
  readonly dependencies: readonly string[];
}

/** A resource that exists, as it was deployed last. Immutable. */
export interface DeployedResource extends ResourceSpec {
  /** Distinguishes a resource from its replacement with the same logical ID. */
  readonly instance: string;
  readonly state: ResourceState;
  /** An update failed half-way: the resource may have some of the old and some of the new properties. */
  readonly uncertain: boolean;
  /** The tags of the stack then. */
  readonly tags: Readonly<Record<string, string>>;
  /** What its type read right after it was deployed. Absent if the type is not compared. */
  readonly deployedLive?: LiveProperties | undefined;
}

/** Properties of a resource as its service has them. */
export type LiveProperties = Readonly<Record<string, unknown>>;

/** How a resource differs from what was deployed, in CloudFormation's words. */
export interface Drift {
  readonly status: 'IN_SYNC' | 'MODIFIED' | 'DELETED' | 'UNSUPPORTED' | 'UNKNOWN';
  /** The properties that somebody changed, with their live values; `undefined` if a value is gone. */
  readonly actual: LiveProperties;
  /** Why the resource could not be read. Present if it is `UNKNOWN`. */
  readonly reason?: string;
}

/** A detection of drift that has ended. */
export interface DriftDetection {
  readonly id: string;
  readonly time: Date;
  /** By logical ID. Resources of types that are not compared are left out. */
  readonly drifts: ReadonlyMap<string, DetectedDrift>;
}

/** What a detection of drift found about a resource. */
export interface DetectedDrift {
  readonly time: Date;
  readonly drift: Drift;
  /** The resource as it was deployed then. */
  readonly deployed: DeployedResource;
}

/** The state of a stack or a resource, as CloudFormation shows it. */
interface ShownState<Status> {
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceStatus: Status;
  readonly ResourceStatusReason?: string;
}

/** The state of a logical ID in a stack. Immutable. */
export interface StackResource extends ShownState<ResourceStatus> {
  readonly LastUpdatedTimestamp: Date;
  /** Absent before the resource exists and after it is gone. */
  readonly deployed?: DeployedResource;
}

interface StackEvent extends ShownState<StackStatus | ResourceStatus> {
  readonly EventId: string;
  readonly Timestamp: Date;
  readonly ClientRequestToken?: string;
  /** JSON. Absent if the template has a `NoEcho` parameter. */
  readonly ResourceProperties?: string;
}

/** A resource that leaves its stack. It is deleted, or retained: only the stack forgets it. */
export interface Retired {
  readonly id: string;
  readonly deployed: DeployedResource;
  readonly retain: boolean;
  /** Whether it still has its logical ID. A replaced resource does not. */
  readonly current: boolean;
}

/** See {@link Stack.unfinished}. */
export interface UnfinishedRollBack {
  /** The resources that could not be brought back, as they were before the update, by logical ID. */
  readonly failed: ReadonlyMap<string, DeployedResource>;
  /** The resources that the update created. The clean-up deletes them. */
  readonly retired: readonly Retired[];
}

/** An output with its value, as CloudFormation shows it. */
export interface StackOutput {
  readonly OutputKey: string;
  readonly OutputValue: string;
  readonly Description?: string;
  readonly ExportName?: string;
}

/** A planned change of a resource, as DescribeChangeSet shows it. */
export interface PlannedChange {
  readonly Action: 'Add' | 'Modify' | 'Remove' | 'Import';
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  /** For `Modify`: `Properties`, `Metadata`, `DeletionPolicy`, `UpdateReplacePolicy`, `Tags`. */
  readonly Scope?: readonly string[];
  readonly Replacement?: 'True' | 'False' | 'Conditional';
  /** The properties whose change replaces the resource. */
  readonly replacing?: readonly string[];
  /** For `Remove`. */
  readonly PolicyAction?: 'Delete' | 'Retain';
  /** Only for drift-aware change sets. */
  readonly drift?: Drift;
  /** Why values are not known yet, by property. */
  readonly causes?: ReadonlyMap<string, ChangeCause>;
  /** The properties before and after the change. */
  readonly values?: {
    readonly before?: PlannedProperties;
    readonly after?: PlannedProperties;
    /** The properties of the last deployment, where `before` has live ones. */
    readonly deployed?: PlannedProperties;
  };
}

/** The function of a template whose value is not known before another resource changes. */
export interface ChangeCause {
  readonly ChangeSource: 'ResourceReference' | 'ResourceAttribute';
  /** @example 'InvokeRole.Arn' */
  readonly CausingEntity: string;
}

/** Properties of which some are not known before the change. */
type PlannedProperties = Readonly<Record<string, PartialJson>>;

/** The action after a failed deployment. `DELETE` is only for new stacks. */
export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

/** How a stack is deployed. */
export interface DeploymentConfig {
  readonly Mode?: 'STANDARD' | undefined;
  readonly DisableRollback?: boolean | undefined;
}

/** A change set, as CloudFormation shows it. */
export interface ChangeSet {
  readonly ChangeSetId: string;
  readonly ChangeSetName: string;
  readonly Description: string | undefined;
  readonly CreationTime: Date;
  readonly Status: 'CREATE_COMPLETE' | 'FAILED';
  readonly StatusReason?: string;
  readonly OnStackFailure: OnFailure | undefined;
  readonly DeploymentConfig: DeploymentConfig | undefined;
  /** Only for drift-aware change sets. */
  readonly DeploymentMode?: 'REVERT_DRIFT' | undefined;
  /** Only for drift-aware change sets: whether a resource differed, or could not be read. */
  readonly StackDriftStatus?: 'DRIFTED' | 'IN_SYNC' | 'UNKNOWN';
  ExecutionStatus: 'UNAVAILABLE' | 'AVAILABLE' | 'OBSOLETE' | `EXECUTE_${Phase}`;
  readonly deployment: RequestedStack;
  readonly changes: readonly PlannedChange[];
}

interface StepDetails {
  readonly reason?: string | undefined;
  /** Absent before the resource exists and after it is gone. */
  readonly deployed?: DeployedResource | undefined;
  /** Default: the physical ID of `deployed`. */
  readonly physicalId?: string;
  /** Another resource has the logical ID now, so the step only writes an event. */
  readonly isFormer?: boolean;
}

/** A stack. Operations change it and the status of its change sets in place. All other values that it refers to are immutable. */
export class Stack {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly createdAt: Date;
  updatedAt?: Date;
  /** When its deletion began, or the roll-back of its creation: https://github.com/localstack/localstack, `test_blocked_stack_deletion` */
  deletedAt?: Date | undefined;
  status: StackStatus = 'CREATE_IN_PROGRESS';
  statusReason?: string | undefined;
  deployment?: RequestedStack;
  readonly resources = new Map<string, StackResource>();
  /** Resources that an update replaced before it failed without roll-back. The next clean-up deletes them. */
  leftovers: readonly Retired[] = [];
  /** What a failed roll-back of an update has still to do. */
  unfinished?: UnfinishedRollBack | undefined;
  outputs: readonly StackOutput[] = [];
  /** Names of the exports of other stacks that it imports. */
  imports: ReadonlySet<string> = new Set();
  /** Oldest first. */
  readonly events: StackEvent[] = [];
  readonly changeSets = new Map<string, ChangeSet>();
  /** The last detection of drift. */
  driftDetection?: DriftDetection;
  terminationProtection = false;
  disableRollback = false;
  /** CreateStack had `OnFailure: DO_NOTHING`. */
  staysFailed = false;
  /** The actor that changes the stack now, or changed it last. */
  actor?: StackActor;
  /** DeleteStack interrupted the creation: no further resource is started. */
  isInterrupted = false;

  readonly #now: () => Date;

  /** @param now see {@link steadyClock} */
  constructor(scope: Scope, name: string, now: () => Date) {
    this.id = newArn(scope, 'stack', name);
    this.name = name;
    this.accountId = scope.accountId;
    this.region = scope.region;
    this.createdAt = now();
    this.#now = now;
  }

  /** Changes the status and writes an event. */
  enter(status: StackStatus, reason?: string): void {
    this.status = status;
    this.statusReason = reason;
    const Timestamp = this.#now();
    if (status.startsWith('UPDATE')) this.updatedAt = Timestamp;
    if (/^(DELETE|ROLLBACK)_IN_PROGRESS$/.test(status)) this.deletedAt = Timestamp;
    this.events.push({
      EventId: randomUUID(),
      LogicalResourceId: this.name,
      PhysicalResourceId: this.id,
      ResourceType: 'AWS::CloudFormation::Stack',
      Timestamp,
      ResourceStatus: status,
      ...defined({ ResourceStatusReason: reason, ClientRequestToken: this.actor?.clientRequestToken }),
    });
  }

  /** Changes the status of a resource and writes an event. @returns `false` if the status is a failure */
  enterResource(id: string, type: string, status: ResourceStatus, details: StepDetails = {}): boolean {
    const { reason, deployed, isFormer, physicalId = deployed?.state.physicalId } = details;
    const Timestamp = this.#now();
    const hasSecrets = [...(this.deployment?.template.parameters.values() ?? [])].some((one) => one.NoEcho);
    const shown = {
      LogicalResourceId: id,
      ResourceType: type,
      ResourceStatus: status,
      ...defined({ PhysicalResourceId: physicalId, ResourceStatusReason: reason }),
    };
    this.events.push({
      ...shown,
      EventId: `${id}-${status}-${Timestamp.toISOString()}`,
      Timestamp,
      ...defined({
        ClientRequestToken: this.actor?.clientRequestToken,
        ResourceProperties: hasSecrets ? undefined : deployed && JSON.stringify(deployed.Properties),
      }),
    });
    if (!isFormer) {
      this.resources.set(id, { ...shown, LastUpdatedTimestamp: Timestamp, ...defined({ deployed }) });
    }
    return !status.endsWith('FAILED');
  }

  /** The resources that exist, by logical ID. */
  deployedResources(): (readonly [logicalId: string, DeployedResource])[] {
    return [...this.resources].flatMap(([id, { deployed }]) => (deployed ? [[id, deployed] as const] : []));
  }
}

/** Makes a clock that never returns the same time twice, so events keep their order. Each reading is at least 1 ms later. */
export function steadyClock(clock: Clock): () => Date {
  let latest = 0;
  return () => {
    latest = Math.max(clock.now().getTime(), latest + 1);
    return new Date(latest);
  };
}

/** Makes an ARN of CloudFormation. @param kind `stack` or `changeSet` @param id default: random; `*` matches all IDs */
export function newArn({ accountId, region }: Scope, kind: string, name: string, id: string = randomUUID()) {
  return `arn:${likelyPartitionOf(region).name}:cloudformation:${region}:${accountId}:${kind}/${name}/${id}`;
}
