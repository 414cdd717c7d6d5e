import type { PropertyChange } from '../engine/change/compare.ts';
import type { PlannedChange } from '../engine/change/plan.ts';
import type { ChangeSet } from '../engine/change-set.ts';
import type { Deployment } from '../engine/deployment.ts';
import type { Stack, StackEvent, StackResource } from '../engine/stack.ts';
import { type Json, member } from '../engine/template/json.ts';
import { references } from '../engine/template/references.ts';
import type { Template } from '../engine/template/template.ts';

/** What stands for the value of a `NoEcho` parameter. */
const MASKED = '****';

/** `Stack` of DescribeStacks. */
export function stackView(stack: Stack) {
  const { deployment } = stack;
  return {
    ...commonStackView(stack),
    Description: deployment?.template.description,
    Parameters: listOrNothing(parameterViews(deployment)),
    RollbackConfiguration: {},
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
    ...commonResourceView(resource),
    Timestamp: resource.updatedAt,
  };
}

/** `StackResourceSummary` of ListStackResources. */
export function resourceSummary(resource: StackResource) {
  return { ...commonResourceView(resource), LastUpdatedTimestamp: resource.updatedAt };
}

function commonResourceView(resource: StackResource) {
  return {
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.statusReason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
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
        change.action !== 'Remove'
          ? undefined
          : (former?.deletionPolicy ?? 'Delete') === 'Delete'
            ? 'Delete'
            : 'Retain',
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
          .map((scope) => ({ Target: { Attribute: scope, RequiresRecreation: 'Never' }, ...DIRECT })),
      ],
    },
  };
}

const DIRECT = { Evaluation: 'Static', ChangeSource: 'DirectModification' };

/** @param parameters the template's parameters that explain the change */
function propertyDetails({ name, replaces, depends }: PropertyChange, parameters: readonly string[]) {
  const causes = [
    ...depends.map(({ logicalId, attribute }) => ({
      Evaluation: 'Dynamic',
      ChangeSource: attribute === undefined ? 'ResourceReference' : 'ResourceAttribute',
      CausingEntity: attribute === undefined ? logicalId : `${logicalId}.${attribute}`,
    })),
    ...(depends.length > 0 ? [] : parameters).map((parameter) => ({
      Evaluation: 'Static',
      ChangeSource: 'ParameterReference',
      CausingEntity: parameter,
    })),
  ];
  const RequiresRecreation = replaces ? 'Always' : 'Never';
  return (causes.length > 0 ? causes : [DIRECT]).map((cause) => ({
    Target: { Attribute: 'Properties', Name: name, RequiresRecreation },
    ...cause,
  }));
}

function parametersIn(value: Json = null, template: Template): string[] {
  const names = [...references(value)].map(({ name }) => name);
  return [...new Set(names)].filter((name) => template.parameters.has(name));
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

/** The `TemplateParameter`s of ValidateTemplate. */
export function templateParameters(template: Template) {
  return [...template.parameters].map(([key, parameter]) => ({
    ParameterKey: key,
    DefaultValue: parameter.noEcho && parameter.default !== undefined ? MASKED : parameter.default,
    NoEcho: parameter.noEcho,
    Description: parameter.description,
  }));
}
