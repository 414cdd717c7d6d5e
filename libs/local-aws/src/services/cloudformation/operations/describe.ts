import * as v from 'valibot';
import { validationError } from '../engine/template/errors.ts';
import { isActive } from '../store.ts';
import { list, stackNameOrId } from './inputs.ts';
import { page, pageFromEnd } from './pagination.ts';
import { missingInBrackets, operation, type Parts, stackOf, stackQuestion } from './parts.ts';
import {
  eventView,
  resourceDetail,
  resourceSummary,
  resourceView,
  stackSummary,
  stackView,
} from './views.ts';

const NextToken = v.optional(v.string());

/** The operations that tell what stacks there are and what happened to them. */
export function describeOperations({ store }: Parts) {
  return [
    operation('DescribeStacks', {
      input: v.object({ StackName: v.optional(stackNameOrId), NextToken }),
      requires: ({ StackName }, caller) => stackQuestion(store, caller, 'DescribeStacks', StackName),
      handle({ StackName, NextToken: token }, call) {
        const stacks =
          StackName === undefined ? store.list(call).filter(isActive) : [stackOf(store, call, StackName)];
        const { items, ...next } = page(stacks, token);
        return { Stacks: items.map(stackView), ...next };
      },
    }),

    operation('ListStacks', {
      input: v.object({ StackStatusFilter: v.optional(list(v.string()), () => []), NextToken }),
      requires: (_, caller) => stackQuestion(store, caller, 'ListStacks', undefined),
      handle({ StackStatusFilter: filter, NextToken: token }, call) {
        const stacks = store
          .list(call)
          .filter(({ status }) => filter.length === 0 || filter.includes(status));
        const { items, ...next } = page(stacks, token);
        return { StackSummaries: items.map(stackSummary), ...next };
      },
    }),

    operation('DescribeStackEvents', {
      input: v.object({ StackName: stackNameOrId, NextToken }),
      requires: ({ StackName }, caller) => stackQuestion(store, caller, 'DescribeStackEvents', StackName),
      handle({ StackName, NextToken: token }, call) {
        const stack = stackOf(store, call, StackName, missingInBrackets);
        const { items, ...next } = pageFromEnd(stack.events, token);
        return { StackEvents: items.map((event) => eventView(stack, event)), ...next };
      },
    }),

    operation('DescribeStackResource', {
      input: v.object({ StackName: stackNameOrId, LogicalResourceId: v.string() }),
      requires: ({ StackName }, caller) => stackQuestion(store, caller, 'DescribeStackResource', StackName),
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
      requires: ({ StackName }, caller) => stackQuestion(store, caller, 'DescribeStackResources', StackName),
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
      requires: ({ StackName }, caller) => stackQuestion(store, caller, 'ListStackResources', StackName),
      handle({ StackName, NextToken: token }, call) {
        const stack = stackOf(store, call, StackName);
        const { items, ...next } = page([...stack.resources.values()], token);
        return { StackResourceSummaries: items.map(resourceSummary), ...next };
      },
    }),

    operation('ListExports', {
      input: v.object({ NextToken }),
      requires: (_, caller) => stackQuestion(store, caller, 'ListExports', undefined),
      handle({ NextToken: token }, call) {
        const { items, ...next } = page(store.exports(call), token);
        return {
          Exports: items.map(({ name, value, stack }) => ({
            ExportingStackId: stack.id,
            Name: name,
            Value: value,
          })),
          ...next,
        };
      },
    }),

    operation('ListImports', {
      input: v.object({ ExportName: v.string(), NextToken }),
      requires: (_, caller) => stackQuestion(store, caller, 'ListImports', undefined),
      handle({ ExportName, NextToken: token }, call) {
        const importers = store.importers(call, ExportName);
        if (importers.length === 0) {
          throw validationError(`Export '${ExportName}' is not imported by any stack.`);
        }
        const { items, ...next } = page(importers, token);
        return { Imports: items, ...next };
      },
    }),
  ];
}
