import * as v from 'valibot';
import { listOf, paginate } from '../../../protocols/shapes.ts';
import { validationError } from '../engine/template/errors.ts';
import { isActive } from '../store.ts';
import { stackNameOrId } from './input.ts';
import { type Engine, listPage, missingInBrackets, operationsOn, stackOf } from './operation.ts';
import {
  eventView,
  resourceDetail,
  resourceSummary,
  resourceView,
  stackSummary,
  stackView,
} from './output.ts';

const NextToken = v.optional(v.string());

/** The operations that tell what stacks there are and what happened to them. */
export function describeOperations({ store }: Engine) {
  const operation = operationsOn(store);
  return [
    operation('DescribeStacks', {
      input: v.object({ StackName: v.optional(stackNameOrId), NextToken }),
      handle({ StackName, NextToken: token }, call) {
        const stacks =
          StackName === undefined ? store.list(call).filter(isActive) : [stackOf(store, call, StackName)];
        return listPage('Stacks', stacks, token, stackView);
      },
    }),

    operation('ListStacks', {
      input: v.object({ StackStatusFilter: v.optional(listOf(v.string()), () => []), NextToken }),
      handle({ StackStatusFilter: filter, NextToken: token }, call) {
        const stacks = store
          .list(call)
          .filter(({ status }) => filter.length === 0 || filter.includes(status));
        return listPage('StackSummaries', stacks, token, stackSummary);
      },
    }),

    operation('DescribeStackEvents', {
      input: v.object({ StackName: stackNameOrId, NextToken }),
      handle({ StackName, NextToken: token }, call) {
        const stack = stackOf(store, call, StackName, missingInBrackets);
        // The latest event comes first. The key counts from the beginning, so that new events do not move the pages.
        const events = stack.events.map((event, index) => ({ event, key: String(1e9 - index) })).reverse();
        const { items, next } = paginate(events, { size: 100, token, key: ({ key }) => key });
        return { StackEvents: items.map(({ event }) => eventView(stack, event)), NextToken: next };
      },
    }),

    operation('DescribeStackResource', {
      input: v.object({ StackName: stackNameOrId, LogicalResourceId: v.string() }),
      handle({ StackName, LogicalResourceId: id }, call) {
        const stack = stackOf(store, call, StackName, (name) => `Stack '${name}' does not exist`);
        const resource = stack.resources.get(id);
        if (resource === undefined)
          throw validationError(`Resource ${id} does not exist for stack ${stack.name}`);
        return { StackResourceDetail: resourceDetail(stack, resource) };
      },
    }),

    operation('DescribeStackResources', {
      input: v.object({
        StackName: v.optional(stackNameOrId),
        LogicalResourceId: v.optional(v.string()),
        PhysicalResourceId: v.optional(v.string()),
      }),
      handle({ StackName, LogicalResourceId: logicalId, PhysicalResourceId: physicalId }, call) {
        if ((StackName === undefined) === (physicalId === undefined)) {
          throw validationError('Either StackName or PhysicalResourceId must be specified, and not both.');
        }
        const stack =
          StackName === undefined
            ? store
                .list(call)
                .filter(isActive)
                .find((one) => [...one.resources.values()].some((r) => r.physicalId === physicalId))
            : stackOf(store, call, StackName);
        if (stack === undefined) throw validationError(`Stack for ${physicalId} does not exist`);
        const resources = [...stack.resources.values()].filter(
          (resource) => logicalId === undefined || resource.logicalId === logicalId,
        );
        if (logicalId !== undefined && resources.length === 0) {
          throw validationError(`Resource ${logicalId} does not exist for stack ${stack.name}`);
        }
        return { StackResources: resources.map((resource) => resourceView(stack, resource)) };
      },
    }),

    operation('ListStackResources', {
      input: v.object({ StackName: stackNameOrId, NextToken }),
      handle({ StackName, NextToken: token }, call) {
        const stack = stackOf(store, call, StackName);
        return listPage('StackResourceSummaries', [...stack.resources.values()], token, resourceSummary);
      },
    }),

    operation('ListExports', {
      input: v.object({ NextToken }),
      handle({ NextToken: token }, call) {
        return listPage('Exports', store.exports(call), token, ({ name, value, stack }) => ({
          ExportingStackId: stack.id,
          Name: name,
          Value: value,
        }));
      },
    }),
  ];
}
