import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import type { Stack, StackEvent, StackResource, StackStatus } from './stack.ts';

/** The type under which a stack appears in its own events. */
export const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** Moves stacks and resources from state to state, and writes down that it did: no state without its event. */
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

  /** A resource enters a state, and the stack remembers it so. */
  resource(stack: Stack, resource: Omit<StackResource, 'updatedAt'>): void {
    const updatedAt = this.event(stack, resource);
    stack.resources.set(resource.logicalId, { ...resource, updatedAt });
  }

  /** Something happens to a resource that no longer goes by its logical ID (the old one, after its replacement). */
  event(stack: Stack, resource: Omit<StackResource, 'updatedAt'>): Date {
    const timestamp = this.now();
    const { logicalId, physicalId, status, statusReason } = resource;
    const noEcho = [...(stack.deployment?.template.parameters.values() ?? [])].some((one) => one.noEcho);
    this.#write(stack, {
      eventId: `${logicalId}-${status}-${timestamp.toISOString()}`,
      logicalId,
      ...defined({ physicalId }),
      type: resource.type,
      timestamp,
      status,
      ...defined({ reason: statusReason }),
      ...(noEcho || resource.deployed === undefined
        ? {}
        : { properties: JSON.stringify(resource.deployed.properties) }),
    });
    return timestamp;
  }

  #write(stack: Stack, event: StackEvent): void {
    const token = stack.clientRequestToken;
    stack.events.push(token === undefined ? event : { ...event, clientRequestToken: token });
  }
}
