import type { FunctionStep } from '../deployment.ts';
import { addStatements, ownRoleOf } from '../template/function-statements.ts';
import { type EventNeed, eventsOf, resourcesOf } from './event-kinds.ts';

/**
 * Lets the role of each function do what its events need, where serverless-iam-roles-per-function makes the role and does not: invoke the
 * function for a schedule of EventBridge Scheduler, read Kinesis with a consumer, Kafka and Amazon MQ. The framework adds such statements to
 * its default role only.
 */
export const grantEvents: FunctionStep = (functions, _settings, _custom, provider = {}) => {
  for (const [name, definition] of Object.entries(functions)) {
    if (definition.iamRoleStatements === undefined) continue;
    if (ownRoleOf(name, definition, provider) !== undefined) continue;
    const resources = new Map<EventNeed, unknown[]>();
    for (const event of eventsOf(definition)) {
      for (const need of event.kind?.needs ?? []) {
        if (need.isGenerated) continue;
        resources.set(need, [...(resources.get(need) ?? []), ...resourcesOf(need, event, definition.name)]);
      }
    }
    addStatements(
      definition,
      [...resources].flatMap(([{ actions, on }, each]) =>
        each.length === 0 ? [] : [{ Effect: 'Allow', Action: actions, Resource: on === 'all' ? '*' : each }],
      ),
    );
  }
};
