import type { PropertyChange } from '../engine/change/compare.ts';
import type { PlannedChange } from '../engine/change/plan.ts';
import type { ChangeSet } from '../engine/change-set.ts';
import type { Deployment } from '../engine/deployment.ts';
import type { Stack, StackEvent, StackResource } from '../engine/stack.ts';
import { isObject, member } from '../engine/template/json.ts';
import { references } from '../engine/template/references.ts';
import type { Template } from '../engine/template/template.ts';

const NOT_CHECKED = { StackDriftStatus: 'NOT_CHECKED' };
const RESOURCE_NOT_CHECKED = { StackResourceDriftStatus: 'NOT_CHECKED' };
/** What stands for the value of a `NoEcho` parameter. */
const MASKED = '****';

/** `Stack` of DescribeStacks. */
export function stackView(stack: Stack) {
  const { deployment } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: deployment?.template.description,
    Parameters: listOrNothing(parameterViews(deployment)),
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: [],
    TimeoutInMinutes: stack.timeoutInMinutes,
    Capabilities: listOrNothing(deployment?.capabilities ?? []),
    Outputs: listOrNothing(
      stack.outputs.map(({ key, value, description, exportName }) => ({
        OutputKey: key,
        OutputValue: value,
        Description: description,
        ExportName: exportName,
      })),
    ),
    RoleARN: deployment?.roleArn,
    Tags: tagViews(deployment),
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: NOT_CHECKED,
  };
}

/** `StackSummary` of ListStacks. */
export function stackSummary(stack: Stack) {
  return {
    StackId: stack.id,
    StackName: stack.name,
    TemplateDescription: stack.deployment?.template.description,
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DriftInformation: NOT_CHECKED,
  };
}

/** `StackEvent` of DescribeStackEvents. */
export function eventView(stack: Stack, event: StackEvent) {
  return {
    StackId: stack.id,
    EventId: event.eventId,
    StackName: stack.name,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId ?? '',
    ResourceType: event.type,
    Timestamp: event.timestamp,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties,
    ClientRequestToken: event.clientRequestToken,
  };
}

/** `StackResource` of DescribeStackResources. */
export function resourceView(stack: Stack, resource: StackResource) {
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    Timestamp: resource.updatedAt,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.statusReason,
    DriftInformation: RESOURCE_NOT_CHECKED,
  };
}

/** `StackResourceSummary` of ListStackResources. */
export function resourceSummary(resource: StackResource) {
  return {
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    LastUpdatedTimestamp: resource.updatedAt,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.statusReason,
    DriftInformation: RESOURCE_NOT_CHECKED,
  };
}

/** `StackResourceDetail` of DescribeStackResource. */
export function resourceDetail(stack: Stack, resource: StackResource) {
  const { metadata } = resource.deployed ?? {};
  return {
    StackName: stack.name,
    StackId: stack.id,
    ...resourceSummary(resource),
    Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
  };
}

/** The answer of DescribeChangeSet. */
export function changeSetView(stack: Stack, changeSet: ChangeSet) {
  const { deployment } = changeSet;
  return {
    ...changeSetSummary(stack, changeSet),
    Parameters: listOrNothing(parameterViews(deployment)),
    NotificationARNs: [],
    RollbackConfiguration: {},
    Capabilities: listOrNothing(deployment.capabilities),
    Tags: tagViews(deployment),
    OnStackFailure: changeSet.onFailure,
    Changes: changeSet.changes.map((change) => changeView(change, stack.deployment, deployment)),
  };
}

/** `ChangeSetSummary` of ListChangeSets. */
export function changeSetSummary(stack: Stack, changeSet: ChangeSet) {
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: stack.id,
    StackName: stack.name,
    Description: changeSet.description,
    CreationTime: changeSet.createdAt,
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    IncludeNestedStacks: false,
  };
}

function changeView(change: PlannedChange, before: Deployment | undefined, after: Deployment) {
  const { difference } = change;
  const definition = after.template.resources.get(change.logicalId);
  const former = before?.template.resources.get(change.logicalId);
  return {
    Type: 'Resource',
    ResourceChange: {
      PolicyAction:
        change.action === 'Remove'
          ? former?.deletionPolicy === undefined || former.deletionPolicy === 'Delete'
            ? 'Delete'
            : 'Retain'
          : undefined,
      Action: change.action,
      LogicalResourceId: change.logicalId,
      PhysicalResourceId: change.physicalId,
      ResourceType: change.type,
      Replacement: difference?.replacement,
      Scope: difference?.scope ?? [],
      Details: [
        ...(difference?.properties ?? []).flatMap((property) => {
          const [was, is] = [former, definition].map((one) => one && member(one.properties, property.name));
          const sameDefinition = JSON.stringify(was) === JSON.stringify(is);
          return propertyDetails(property, sameDefinition ? parametersIn(is, after.template) : []);
        }),
        ...(difference?.scope ?? [])
          .filter((scope) => scope !== 'Properties')
          .map((scope) => ({
            Target: { Attribute: scope, RequiresRecreation: 'Never' },
            Evaluation: 'Static',
            ChangeSource: 'DirectModification',
          })),
      ],
    },
  };
}

function propertyDetails(property: PropertyChange, parameters: readonly string[]) {
  const target = {
    Attribute: 'Properties',
    Name: property.name,
    RequiresRecreation: property.replaces ? 'Always' : 'Never',
  };
  const causes = property.depends.map(({ logicalId, attribute }) => ({
    Target: target,
    Evaluation: 'Dynamic',
    ChangeSource: attribute === undefined ? 'ResourceReference' : 'ResourceAttribute',
    CausingEntity: attribute === undefined ? logicalId : `${logicalId}.${attribute}`,
  }));
  if (causes.length > 0) return causes;
  const named = parameters.map((name) => ({
    Target: target,
    Evaluation: 'Static',
    ChangeSource: 'ParameterReference',
    CausingEntity: name,
  }));
  return named.length > 0
    ? named
    : [{ Target: target, Evaluation: 'Static', ChangeSource: 'DirectModification' }];
}

function parametersIn(value: Parameters<typeof references>[0] | undefined, template: Template): string[] {
  if (value === undefined || (!isObject(value) && !Array.isArray(value))) return [];
  const names = [...references(value)]
    .map(({ name }) => name)
    .filter((name) => template.parameters.has(name));
  return [...new Set(names)];
}

function parameterViews(deployment: Deployment | undefined) {
  return [...(deployment?.parameters ?? [])].map(([key, value]) => ({
    ParameterKey: key,
    ParameterValue: deployment?.template.parameters.get(key)?.noEcho ? MASKED : value,
  }));
}

function tagViews(deployment: Deployment | undefined) {
  return Object.entries(deployment?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** AWS leaves these lists out if they are empty. */
function listOrNothing<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** `ParameterDeclaration` of GetTemplateSummary; ValidateTemplate's `TemplateParameter` has a part of it. */
export function parameterDeclarations(template: Template) {
  return [...template.parameters].map(([key, parameter]) => ({
    ParameterKey: key,
    DefaultValue: parameter.noEcho && parameter.default !== undefined ? MASKED : parameter.default,
    ParameterType: parameter.type,
    NoEcho: parameter.noEcho,
    Description: parameter.description,
    ParameterConstraints:
      parameter.allowedValues === undefined ? {} : { AllowedValues: parameter.allowedValues },
  }));
}
