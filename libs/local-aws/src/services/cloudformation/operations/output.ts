import { tagList } from '../../../protocols/shapes.ts';
import type { ChangeSet, Deployment, Stack, StackResource } from '../engine/stack.ts';
import type { Template } from '../engine/template/template.ts';

/** Replaces the value of a `NoEcho` parameter. */
const MASKED = '****';

/** `Stack` of DescribeStacks. */
export function stackView(stack: Stack) {
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

/** `StackSummary` of ListStacks. */
export function stackSummary(stack: Stack) {
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
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

/** `StackResource` of DescribeStackResources. */
export function resourceView({ name, id }: Stack, resource: StackResource) {
  const { LastUpdatedTimestamp: Timestamp, ...summary } = resourceSummary(resource);
  return { StackName: name, StackId: id, ...summary, Timestamp };
}

/** `StackResourceSummary` of ListStackResources. */
export function resourceSummary({ deployed: _, ...shown }: StackResource) {
  return { ...shown, DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' } };
}

/** `StackResourceDetail` of DescribeStackResource. */
export function resourceDetail({ name, id }: Stack, resource: StackResource) {
  const { Metadata } = resource.deployed ?? {};
  return {
    ...{ StackName: name, StackId: id, ...resourceSummary(resource) },
    Metadata: Metadata && JSON.stringify(Metadata),
  };
}

/** The answer of DescribeChangeSet. */
export function changeSetView(stack: Stack, changeSet: ChangeSet) {
  const { changes: _, deployment, ...summary } = changeSet;
  return { StackId: stack.id, StackName: stack.name, ...summary, ...deploymentView(deployment) };
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

/** The `TemplateParameter`s of ValidateTemplate. */
export function templateParameters(template: Template) {
  return [...template.parameters].map(([key, { Default, NoEcho, Description }]) => ({
    ParameterKey: key,
    NoEcho,
    Description,
    DefaultValue: NoEcho && Default !== undefined ? MASKED : Default,
  }));
}
