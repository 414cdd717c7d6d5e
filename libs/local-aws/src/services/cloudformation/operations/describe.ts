import * as v from 'valibot';
import { listOf, paginate, tagList } from '../../../protocols/shapes.ts';
import type { ChangeSet, Deployment, Stack, StackResource } from '../engine/stack.ts';
import { requiredCapability } from '../engine/template/check-template.ts';
import { validationError } from '../engine/template/errors.ts';
import { isActive } from '../store.ts';
import { checkedTemplate, type Engine, operationsOn, stackNameOrId, templateMembers } from './operation.ts';

/** The operations that read stacks, their events, resources and templates. */
export function describeOperations(engine: Engine) {
  const { store } = engine;
  const operation = operationsOn(store);
  return [
    operation('DescribeStacks', {
      input: v.object({ StackName: v.optional(stackNameOrId) }),
      handle({ StackName }, call) {
        const stacks =
          StackName === undefined ? store.list(call).filter(isActive) : [store.get(call, StackName)];
        return { Stacks: stacks.map(stackView) };
      },
    }),
    operation('ListStacks', {
      input: v.object({ StackStatusFilter: v.optional(listOf(v.string()), () => []) }),
      handle({ StackStatusFilter: filter }, call) {
        const stacks = store
          .list(call)
          .filter(({ status }) => filter.length === 0 || filter.includes(status));
        return { StackSummaries: stacks.map(stackSummary) };
      },
    }),
    operation('DescribeStackEvents', {
      input: v.object({ StackName: stackNameOrId, NextToken: v.optional(v.string()) }),
      handle({ StackName, NextToken: token }, call) {
        const { id, name, events } = store.getForChange(call, StackName);
        // The latest event comes first. Keys count from the oldest, so new events do not move the pages.
        const latestFirst = events.map((event, index) => ({ event, key: String(1e9 - index) })).reverse();
        const { items, next } = paginate(latestFirst, { size: 100, token, key: ({ key }) => key });
        return {
          StackEvents: items.map(({ event }) => ({ StackId: id, StackName: name, ...event })),
          NextToken: next,
        };
      },
    }),
    operation('DescribeStackResource', {
      input: v.object({ StackName: stackNameOrId, LogicalResourceId: v.string() }),
      handle({ StackName, LogicalResourceId: id }, call) {
        const stack = store.get(call, StackName, `Stack '${StackName}' does not exist`);
        return { StackResourceDetail: resourceDetail(stack, resourceOf(stack, id)) };
      },
    }),
    operation('DescribeStackResources', {
      input: v.object({ StackName: stackNameOrId, LogicalResourceId: v.optional(v.string()) }),
      handle({ StackName, LogicalResourceId: id }, call) {
        const stack = store.get(call, StackName);
        const resources = id === undefined ? [...stack.resources.values()] : [resourceOf(stack, id)];
        return { StackResources: resources.map((resource) => resourceView(stack, resource)) };
      },
    }),
    operation('ListStackResources', {
      input: v.object({ StackName: stackNameOrId }),
      handle({ StackName }, call) {
        const resources = [...store.get(call, StackName).resources.values()];
        return { StackResourceSummaries: resources.map(resourceSummary) };
      },
    }),
    operation('ListExports', {
      input: v.object({}),
      handle: (_input, call) => ({
        Exports: store.exports(call).map(({ name, value, stack }) => ({
          ExportingStackId: stack.id,
          Name: name,
          Value: value,
        })),
      }),
    }),
    operation('ValidateTemplate', {
      input: v.object(templateMembers),
      handle(input, call) {
        const { template } = checkedTemplate(input, call, engine);
        const { capability, reason } = requiredCapability(template) ?? {};
        return {
          Parameters: [...template.parameters].map(([key, { Default, NoEcho, Description }]) => ({
            ParameterKey: key,
            NoEcho,
            Description,
            DefaultValue: NoEcho && Default !== undefined ? MASKED : Default,
          })),
          Description: template.description,
          Capabilities: capability && [capability],
          CapabilitiesReason: reason,
        };
      },
    }),
    operation('GetTemplate', {
      input: v.object({
        StackName: stackNameOrId,
        TemplateStage: v.optional(v.picklist(['Original', 'Processed'])),
      }),
      handle({ StackName }, call) {
        // A stack whose first change set was not executed has no template yet.
        const { deployment } = store.get(call, StackName);
        return { TemplateBody: deployment?.body, StagesAvailable: ['Original', 'Processed'] };
      },
    }),
  ];
}

function resourceOf({ name, resources }: Stack, id: string): StackResource {
  const resource = resources.get(id);
  if (resource === undefined) throw validationError(`Resource ${id} does not exist for stack ${name}`);
  return resource;
}

/** Replaces the value of a `NoEcho` parameter. */
const MASKED = '****';

function stackView(stack: Stack) {
  return {
    ...commonStackView(stack),
    ...deploymentView(stack.deployment),
    Description: stack.deployment?.template.description,
    DisableRollback: stack.disableRollback,
    Outputs: listOrNothing(stack.outputs),
    RoleARN: stack.deployment?.roleArn,
    EnableTerminationProtection: stack.terminationProtection,
  };
}

function stackSummary(stack: Stack) {
  return { ...commonStackView(stack), TemplateDescription: stack.deployment?.template.description };
}

function commonStackView(stack: Stack) {
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
  };
}

function resourceView({ name, id }: Stack, resource: StackResource) {
  const { LastUpdatedTimestamp: Timestamp, ...summary } = resourceSummary(resource);
  return { StackName: name, StackId: id, ...summary, Timestamp };
}

function resourceSummary({ deployed: _, ...shown }: StackResource) {
  return shown;
}

function resourceDetail({ name, id }: Stack, resource: StackResource) {
  const { Metadata: given } = resource.deployed ?? {};
  const Metadata = given && JSON.stringify(given);
  return { StackName: name, StackId: id, ...resourceSummary(resource), Metadata };
}

/** The answer of DescribeChangeSet. */
export function changeSetView(stack: Stack, changeSet: ChangeSet) {
  const { changes, deployment, ...summary } = changeSet;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...summary,
    ...deploymentView(deployment),
    Changes: changes.map((ResourceChange) => ({ Type: 'Resource', ResourceChange })),
  };
}

function deploymentView(deployment: Deployment | undefined) {
  return {
    Parameters: listOrNothing(
      [...(deployment?.parameters ?? [])].map(([key, value]) => ({
        ParameterKey: key,
        ParameterValue: deployment?.template.parameters.get(key)?.NoEcho ? MASKED : value,
        ResolvedValue: deployment?.resolvedParameters.get(key),
      })),
    ),
    RollbackConfiguration: {},
    NotificationARNs: [],
    Capabilities: listOrNothing(deployment?.capabilities ?? []),
    Tags: tagList(deployment?.tags ?? {}),
  };
}

/** AWS leaves these lists out if they are empty. */
function listOrNothing<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}
