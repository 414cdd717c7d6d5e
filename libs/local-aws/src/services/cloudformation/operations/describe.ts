import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { flag, listOf, paginate, tagList } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { driftOfDetection } from '../engine/change/drift.ts';
import type { ChangeSet, RequestedStack, Stack, StackResource } from '../engine/stack.ts';
import { checkReferences, checkSupport, requiredCapability } from '../engine/template/check-template.ts';
import { liveParts } from '../engine/template/conditions.ts';
import { validationError } from '../engine/template/errors.ts';
import type { Template } from '../engine/template/template.ts';
import { isActive } from '../store.ts';
import { changeSetValues, MASKED } from './change-set-values.ts';
import {
  checkedTemplate,
  operationsOn,
  readTemplateOf,
  type StackTools,
  stackNameOrId,
  templateMembers,
} from './operation.ts';

/** The operations that read stacks, their events, resources and templates. */
export function describeOperations(engine: StackTools) {
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
        const stack = store.get(call, StackName);
        const resources = [...stack.resources.values()];
        return { StackResourceSummaries: resources.map((resource) => resourceSummary(stack, resource)) };
      },
    }),
    operation('ListExports', {
      input: v.object({ NextToken: v.optional(v.string()) }),
      handle({ NextToken: token }, call) {
        const { items, next } = paginate(store.exports(call), { size: 100, token, key: ({ name }) => name });
        return {
          Exports: items.map(({ name, value, stack }) => ({
            ExportingStackId: stack.id,
            Name: name,
            Value: value,
          })),
          NextToken: next,
        };
      },
    }),
    operation('ValidateTemplate', {
      input: v.object(templateMembers),
      async handle(input, call) {
        const { template, transforms } = await checkedTemplate(input, call, engine);
        return {
          Parameters: declarations(template).map(({ common }) => common),
          Description: template.description,
          ...capabilityView(template),
          DeclaredTransforms: listOrNothing(transforms),
        };
      },
    }),
    operation('GetTemplateSummary', {
      input: v.object({
        ...templateMembers,
        StackName: v.optional(stackNameOrId),
        TemplateSummaryConfig: v.optional(
          v.object({ TreatUnrecognizedResourceTypesAsWarnings: v.optional(flag, 'false') }),
        ),
      }),
      async handle(input, call) {
        const { StackName, TemplateBody, TemplateURL, TemplateSummaryConfig } = input;
        if ([StackName, TemplateBody, TemplateURL].filter((one) => one !== undefined).length !== 1) {
          throw validationError(
            'You must specify only one of the following parameters: StackName, TemplateBody, or TemplateURL.',
          );
        }
        const read =
          StackName === undefined
            ? await readTemplateOf(input, call, engine)
            : store.get(call, StackName).deployment;
        if (read === undefined) {
          throw validationError('GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.');
        }
        const { TreatUnrecognizedResourceTypesAsWarnings: asWarnings } = TemplateSummaryConfig ?? {};
        const { template, transforms } = read;
        if (!asWarnings) checkSupport(liveParts(template, new Map()), engine.types);
        checkReferences(template);
        return {
          ...summaryView(template, asWarnings ? engine.types : undefined),
          DeclaredTransforms: listOrNothing(transforms),
        };
      },
    }),
    operation('GetTemplate', {
      input: v.object({
        StackName: v.optional(stackNameOrId),
        TemplateStage: withoutEffect(
          v.optional(v.picklist(['Original', 'Processed'])),
          'templates have no macros, so both stages are the same',
        ),
      }),
      handle({ StackName, TemplateStage: stage }, call) {
        if (StackName === undefined) {
          throw validationError('StackName is required if ChangeSetName is not specified.');
        }
        // A stack whose first change set was not executed has no template yet.
        const { body, processedBody } = store.get(call, StackName).deployment ?? {};
        return {
          TemplateBody: stage === 'Original' ? body : processedBody,
          StagesAvailable: ['Original', 'Processed'],
        };
      },
    }),
  ];
}

function resourceOf({ name, resources }: Stack, id: string): StackResource {
  const resource = resources.get(id);
  if (resource === undefined) throw validationError(`Resource ${id} does not exist for stack ${name}`);
  return resource;
}

/** A template's parameters: the members of ValidateTemplate, and those that only GetTemplateSummary has. */
function declarations({ parameters }: Template) {
  return [...parameters].map(([key, { Type, Default, NoEcho, Description, AllowedValues }]) => ({
    common: {
      ParameterKey: key,
      NoEcho,
      Description,
      DefaultValue: NoEcho && Default !== undefined ? MASKED : Default,
    },
    further: { ParameterType: Type, ParameterConstraints: { AllowedValues } },
  }));
}

function capabilityView(template: Template) {
  const { capability, reason } = requiredCapability(template) ?? {};
  return { Capabilities: capability && [capability], CapabilitiesReason: reason };
}

/**
 * The answer of GetTemplateSummary. Leaves out `ResourceIdentifierSummaries`, which only an import of existing resources needs.
 * @param warnAbout the known resource types, if the others are warnings
 */
function summaryView(template: Template, warnAbout?: StackTools['types']) {
  const ResourceTypes = [...new Set([...template.resources.values()].map(({ Type }) => Type))];
  return {
    Parameters: declarations(template).map(({ common, further }) => ({ ...common, ...further })),
    Description: template.description,
    ...capabilityView(template),
    ResourceTypes,
    Version: template.version,
    Metadata: template.metadata && JSON.stringify(template.metadata),
    Warnings: warnAbout && {
      UnrecognizedResourceTypes: listOrNothing(ResourceTypes.filter((type) => !warnAbout.has(type))),
    },
  };
}

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

/** The result of the last detection of drift, of a stack or one of its resources. */
function driftInformation<Name extends string>(
  name: Name,
  status: string = 'NOT_CHECKED',
  LastCheckTimestamp?: Date,
) {
  return { DriftInformation: { [name]: status, ...defined({ LastCheckTimestamp }) } };
}

function commonStackView(stack: Stack) {
  const { driftDetection: { drifts, time } = {} } = stack;
  return {
    ...driftInformation('StackDriftStatus', drifts && driftOfDetection(drifts), time),
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
  };
}

function resourceView(stack: Stack, resource: StackResource) {
  const { name, id } = stack;
  const { LastUpdatedTimestamp: Timestamp, ...summary } = resourceSummary(stack, resource);
  return { StackName: name, StackId: id, ...summary, Timestamp };
}

function resourceSummary({ driftDetection }: Stack, { deployed: _, ...shown }: StackResource) {
  const { drift, time } = driftDetection?.drifts.get(shown.LogicalResourceId) ?? {};
  return { ...shown, ...driftInformation('StackResourceDriftStatus', drift?.status, time) };
}

function resourceDetail(stack: Stack, resource: StackResource) {
  const { name, id } = stack;
  const { Metadata: given } = resource.deployed ?? {};
  const Metadata = given && JSON.stringify(given);
  return { StackName: name, StackId: id, ...resourceSummary(stack, resource), Metadata };
}

/** The values of parameters with `NoEcho`. */
export function secretsOf({ parameters, template }: RequestedStack): readonly string[] {
  return [...parameters].flatMap(([key, value]) =>
    template.parameters.get(key)?.NoEcho && value !== '' ? [value] : [],
  );
}

/** The answer of DescribeChangeSet. */
export function changeSetView(stack: Stack, changeSet: ChangeSet, hasValues: boolean) {
  const { changes, deployment, ...summary } = changeSet;
  const secrets = secretsOf(deployment);
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...summary,
    ...deploymentView(deployment),
    Changes: changes.map((planned) => {
      const { values: _, causes: __, replacing: ___, drift, ...change } = planned;
      const showsValues = hasValues || deployment.revertsDrift === true;
      return {
        Type: 'Resource',
        ResourceChange: {
          ...change,
          ...(drift && { ResourceDriftStatus: drift.status }),
          ...changeSetValues(planned, secrets, changeSet.CreationTime, showsValues),
        },
      };
    }),
  };
}

function deploymentView(deployment: RequestedStack | undefined) {
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
