import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import type { DeployedResource, ResourceStatus, Stack, StackStatus } from './stack.ts';

/** A state that a resource enters. */
export interface ResourceStep {
  readonly id: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly reason?: string | undefined;
  /** Absent before the resource exists and after it is gone. */
  readonly deployed?: DeployedResource | undefined;
  /** Default: the one of `deployed`. */
  readonly physicalId?: string | undefined;
  /** Another resource has its logical ID now: the step only writes an event. */
  readonly isFormer?: boolean;
}

/** Moves stacks and resources from state to state, and writes an event for each step. */
export class Journal {
  readonly #clock: Clock;
  #latest = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time, later than any time that it gave before: events keep their order. */
  now(): Date {
    this.#latest = Math.max(this.#clock.now().getTime(), this.#latest + 1);
    return new Date(this.#latest);
  }

  stack(stack: Stack, status: StackStatus, reason?: string): void {
    stack.status = status;
    stack.statusReason = reason;
    const Timestamp = this.now();
    if (status.startsWith('UPDATE')) stack.updatedAt = Timestamp;
    if (status === 'DELETE_COMPLETE') stack.deletedAt = Timestamp;
    stack.events.push({
      EventId: randomUUID(),
      LogicalResourceId: stack.name,
      PhysicalResourceId: stack.id,
      ResourceType: 'AWS::CloudFormation::Stack',
      Timestamp,
      ResourceStatus: status,
      ...defined({ ResourceStatusReason: reason, ClientRequestToken: stack.actor?.clientRequestToken }),
    });
  }

  resource(stack: Stack, { id, type, status, reason, deployed, isFormer, ...step }: ResourceStep): void {
    const Timestamp = this.now();
    const hasSecrets = [...(stack.deployment?.template.parameters.values() ?? [])].some((one) => one.NoEcho);
    const shown = {
      LogicalResourceId: id,
      ResourceType: type,
      ResourceStatus: status,
      ...defined({
        PhysicalResourceId: step.physicalId ?? deployed?.state.physicalId,
        ResourceStatusReason: reason,
      }),
    };
    stack.events.push({
      ...shown,
      EventId: `${id}-${status}-${Timestamp.toISOString()}`,
      Timestamp,
      ...defined({
        ClientRequestToken: stack.actor?.clientRequestToken,
        ResourceProperties: hasSecrets ? undefined : deployed && JSON.stringify(deployed.Properties),
      }),
    });
    if (isFormer) return;
    stack.resources.set(id, { ...shown, LastUpdatedTimestamp: Timestamp, ...defined({ deployed }) });
  }
}
