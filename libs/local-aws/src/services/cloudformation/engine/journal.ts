import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import type { DeployedResource } from './deployment.ts';
import type { ResourceStatus, Stack, StackEvent, StackStatus } from './stack.ts';

/** The type under which a stack appears in its own events. */
export const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** A state that a resource enters. */
export interface ResourceStep {
  readonly logicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly reason?: string | undefined;
  /** Absent before the resource exists and after it is gone. */
  readonly deployed?: DeployedResource | undefined;
  /** Default: the one of `deployed`. */
  readonly physicalId?: string | undefined;
  /** It no longer goes by its logical ID, because another resource replaced it: then there is only an event. */
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

  /** The stack enters a state. */
  stack(stack: Stack, status: StackStatus, reason?: string): void {
    stack.status = status;
    stack.statusReason = reason;
    const timestamp = this.now();
    if (status.startsWith('UPDATE')) stack.updatedAt = timestamp;
    if (status === 'DELETE_COMPLETE') stack.deletedAt = timestamp;
    this.#write(stack, {
      eventId: randomUUID(),
      logicalId: stack.name,
      physicalId: stack.id,
      type: STACK_TYPE,
      timestamp,
      status,
      ...defined({ reason }),
    });
  }

  /** A resource enters a state. */
  resource(
    stack: Stack,
    { logicalId, type, status, reason, deployed, isFormer, ...step }: ResourceStep,
  ): void {
    const timestamp = this.now();
    const hasSecrets = [...(stack.deployment?.template.parameters.values() ?? [])].some((one) => one.noEcho);
    const physicalId = step.physicalId ?? deployed?.state.physicalId;
    this.#write(stack, {
      eventId: `${logicalId}-${status}-${timestamp.toISOString()}`,
      logicalId,
      type,
      timestamp,
      status,
      ...defined({
        physicalId,
        reason,
        properties: hasSecrets ? undefined : deployed && JSON.stringify(deployed.properties),
      }),
    });
    if (isFormer) return;
    const remembered = defined({ statusReason: reason, physicalId, deployed });
    stack.resources.set(logicalId, { logicalId, type, status, updatedAt: timestamp, ...remembered });
  }

  #write(stack: Stack, event: StackEvent): void {
    const token = stack.clientRequestToken;
    stack.events.push(token === undefined ? event : { ...event, clientRequestToken: token });
  }
}
