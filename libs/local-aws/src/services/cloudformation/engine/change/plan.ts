import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../../../core/defined.ts';
import type { AwsError } from '../../../../core/errors.ts';
import type { ResourceType } from '../../../resource-type.ts';
import type { StackStore } from '../../store.ts';
import type {
  ChangeCause,
  DeployedResource,
  Drift,
  PlannedChange,
  Policies,
  RequestedStack,
  Stack,
  StackOutput,
} from '../stack.ts';
import { checkExportName } from '../template/check-functions.ts';
import { checkSupport } from '../template/check-template.ts';
import { conditionEvaluator } from '../template/conditions.ts';
import {
  type Attempt,
  attempt,
  attemptLater,
  formatError,
  skippedReferences,
  templateError,
  validationError,
} from '../template/errors.ts';
import { isObject, type Json, type JsonObject, member, scalarText } from '../template/json.ts';
import { parameterValues, pseudoParameters } from '../template/parameters.ts';
import { type OutputReference, references } from '../template/references.ts';
import {
  isKnown,
  type PartialJson,
  resolve,
  type TemplateValues,
  templateBudget,
  UNKNOWN,
} from '../template/resolve.ts';
import { POLICIES, type ResourceDefinition } from '../template/template.ts';
import { asLive } from './drift.ts';
import { coerce, supportedProperties } from './property-schema.ts';

/** The state that the stack must reach: a template with its parameters and conditions evaluated. */
export type DesiredState = ReturnType<typeof desiredState>;

/** The store and the resource types, from which deployments are planned. */
export interface PlanTools {
  readonly store: StackStore;
  readonly types: ReadonlyMap<string, ResourceType>;
}

/** The outputs of other stacks that were read, by {@link keyOf}. */
export type ReadOutputs = Map<string, Attempt<string>>;

/**
 * Evaluates the conditions of a deployment's template and builds its dependency graph.
 * @param outputsRead see {@link readOutputs}
 */
export function desiredState(
  stack: Stack,
  { template, tags, parameters, resolvedParameters }: RequestedStack,
  { store, types }: PlanTools,
  outputsRead: ReadOutputs = new Map(),
) {
  const outputsUsed = new Map<string, OutputReference>();
  const imports = new Set<string>();
  const missing = new Set<string>();
  const strings = new Map([...parameters, ...resolvedParameters]);
  const common = {
    parameters: new Map([...pseudoParameters(stack), ...parameterValues(template, strings)]),
    mappings: template.mappings,
    budget: templateBudget(),
    importValue(name: string): string {
      const found = store.exports(stack).find((one) => one.name === name);
      if (found === undefined) throw missingExport(name);
      imports.add(name);
      return found.value;
    },
    stackOutput(reference: OutputReference): string {
      const read = outputsRead.get(keyOf(reference));
      if (read === undefined) {
        throw templateError(
          `local AWS reads the output ${reference.OutputName} of the stack ${reference.StackName} before it changes the first resource: no argument of Fn::GetStackOutput can refer to a resource`,
        );
      }
      if ('error' in read) throw validationError(read.error);
      return read.value;
    },
  };
  /** An export that does not exist yet may exist when the plan is carried out. */
  const importLater = (name: string) => {
    const value = attempt(() => common.importValue(name));
    if ('error' in value) missing.add(name);
    return 'error' in value ? UNKNOWN : value.value;
  };
  const outputLater = (reference: OutputReference) => {
    outputsUsed.set(keyOf(reference), reference);
    const value = attempt(() => common.stackOutput(reference));
    return 'error' in value ? UNKNOWN : value.value;
  };
  const isTrue = conditionEvaluator(template.conditions, { ...common, ...resourceLookup(stack) });
  const policiesOf = (resource: ResourceDefinition): Policies => {
    const environment = { ...common, isTrue, ...resourceLookup(stack) };
    return Object.fromEntries(
      Object.entries(POLICIES).flatMap(([name, words]) => {
        const given = resource[name as keyof Policies];
        const value = given === undefined ? undefined : resolve(given, environment);
        if (value === undefined) return [];
        const word = words.find((one) => one === value);
        if (word === undefined) throw formatError(`${name} must be one of: ${words.join(', ')}.`);
        return [[name, word]];
      }),
    );
  };
  for (const name of template.conditions.keys()) isTrue(name);
  const isLive = ({ Condition }: { readonly Condition?: string | undefined }) =>
    Condition === undefined || isTrue(Condition);
  const live = new Map([...template.resources].filter(([, resource]) => isLive(resource)));
  checkSupport({ ...template, resources: live, outputs: new Map() }, types);
  const resources = new Map(
    [...live].map(([id, resource]) => {
      const type = types.get(resource.Type);
      if (type === undefined) throw validationError(`Unrecognized resource type ${resource.Type}`);
      const { DeletionPolicy: _, UpdateReplacePolicy: __, ...rest } = resource;
      return [id, { ...rest, ...policiesOf(resource), type }];
    }),
  );
  const outputs = new Map([...template.outputs].filter(([, output]) => isLive(output)));
  const resourcesIn = (value: Json, block: string): string[] => {
    const names = [...references(value, isTrue)].map(({ name }) => name);
    const found = names.filter((name) => template.resources.has(name) && !template.parameters.has(name));
    const missing = found.filter((name) => !resources.has(name));
    if (missing.length === 0) return found;
    throw skippedReferences(missing, block);
  };
  const graph = new Map(
    [...resources].map(([id, { Properties, Metadata = null, DependsOn }]) => [
      id,
      new Set([
        // What the metadata refer to comes before, too: https://cloudonaut.io/optional-dependson-with-cloudformation-metadata-to-the-rescue
        ...resourcesIn([Properties, Metadata], 'Resources'),
        ...DependsOn.filter((name) => resources.has(name)),
      ]),
    ]),
  );
  dependencyOrder(graph);
  for (const [id, { Value, Export }] of outputs) {
    resourcesIn(Value, 'Outputs');
    if (Export === undefined) continue;
    checkExportName(id, resolve(Export.Name, { ...common, isTrue, ...resourceLookup(stack) }));
  }
  return {
    /** The resources and outputs whose condition holds. */
    resources,
    outputs,
    /** The resources that each resource refers to or names in `DependsOn`. */
    graph,
    /** Names of the exports that evaluations have used so far, and of those that do not exist. */
    imports,
    missing,
    /** The outputs of other stacks that evaluations asked for, and those that were read. */
    outputsUsed,
    outputsRead,
    tagsChange: !isDeepStrictEqual(stack.deployment?.tags ?? {}, tags),
    /** Makes the environment in which functions are evaluated. @param changes planned changes, not yet made; default: none */
    environment: (changes?: Changes): TemplateValues => ({
      ...common,
      ...(changes && { importValue: importLater, stackOutput: outputLater }),
      isTrue,
      ...resourceLookup(stack, changes),
    }),
  };
}

type Changes = ReadonlyMap<string, PlannedChange>;

/** A property, which `Fn::GetAtt` reads like an attribute. @param path e.g. `DisplayName`, `Environment.Variables` */
function propertyAt(properties: JsonObject, path: string): Json | undefined {
  let found: Json | undefined = properties;
  for (const name of path.split('.')) found = isObject(found) ? member(found, name) : undefined;
  return found;
}

/** Reads resources as deployed. With `changes`, the values that a change may set are unknown. */
function resourceLookup({ resources }: Stack, changes: Changes = new Map()) {
  const stateOf = (id: string) => resources.get(id)?.deployed?.state;
  const stateProperties = (id: string) => resources.get(id)?.deployed?.Properties ?? {};
  return {
    ref(id: string) {
      const { Action, Replacement = 'False' } = changes.get(id) ?? {};
      return Action === 'Add' || Replacement !== 'False' ? UNKNOWN : stateOf(id)?.physicalId;
    },
    getAtt(id: string, attribute: string) {
      if (changes.has(id)) return UNKNOWN;
      const { attributes = {} } = stateOf(id) ?? {};
      const value = member(attributes, attribute);
      if (value !== undefined) return value as Json;
      const property = propertyAt(stateProperties(id), attribute);
      if (property !== undefined) return property;
      throw templateError(
        `resource ${id} does not support attribute type ${attribute} in Fn::GetAtt. Supported: ${Object.keys(attributes).sort().join(', ') || 'none'}`,
      );
    },
  };
}

/**
 * Evaluates all imports that do not depend on a resource, before the first change.
 * @returns the error if an export does not exist
 */
export function findMissingExport(desired: DesiredState): AwsError | undefined {
  evaluateKnown(desired);
  const [missing] = desired.missing;
  return missing === undefined ? undefined : missingExport(missing);
}

/**
 * Reads all outputs of other stacks that the template refers to, before the first change.
 * @param read reads one @returns the message of the first that cannot be read
 */
export async function readOutputs(
  desired: DesiredState,
  read: (reference: OutputReference) => Promise<string>,
): Promise<string | undefined> {
  const { outputsUsed, outputsRead } = desired;
  for (;;) {
    // The argument of one can be another.
    evaluateKnown(desired);
    const waiting = [...outputsUsed].filter(([key]) => !outputsRead.has(key));
    if (waiting.length === 0) break;
    for (const [key, reference] of waiting) {
      outputsRead.set(key, await attemptLater(() => read(reference)));
    }
  }
  const failed = [...outputsRead.values()].find((one) => 'error' in one);
  return failed && 'error' in failed ? failed.error : undefined;
}

function keyOf({ StackName, OutputName, Region, RoleArn }: OutputReference): string {
  return JSON.stringify([StackName, OutputName, Region, RoleArn]);
}

/** Evaluates everything that does not depend on a resource. */
function evaluateKnown(desired: DesiredState): void {
  const all = [...desired.resources].map(([id, { Type }]): [string, PlannedChange] => [
    id,
    { Action: 'Add', LogicalResourceId: id, ResourceType: Type },
  ]);
  const environment = desired.environment(new Map(all));
  const outputs = [...desired.outputs.values()].flatMap(({ Value, Export }) => [Value, Export?.Name ?? null]);
  for (const value of [...[...desired.resources.values()].map(({ Properties }) => Properties), ...outputs]) {
    // Other errors belong to their resource.
    attempt(() => resolve(value, environment));
  }
}

function missingExport(name: string): AwsError {
  return validationError(`No export named ${name} found`);
}

/** Evaluates a stack's outputs after its resources are deployed. */
export function stackOutputs(desired: DesiredState): StackOutput[] {
  const environment = desired.environment();
  return [...desired.outputs].map(([key, { Value, Description, Export }]) => ({
    OutputKey: key,
    OutputValue: outputString(key, Value, environment),
    ...defined({ Description, ExportName: Export && outputString(key, Export.Name, environment) }),
  }));
}

function outputString(key: string, value: Json, environment: TemplateValues): string {
  const text = scalarText(resolve(value, environment));
  if (text !== undefined) return text;
  throw formatError(
    `Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`,
  );
}

/**
 * Plans the changes of a deployment. A property whose new value is not known yet counts as changed.
 * @param drifts what was changed past CloudFormation, if it is put back
 */
export function planChanges(
  stack: Stack,
  desired: DesiredState,
  drifts: ReadonlyMap<string, Drift> = new Map(),
): PlannedChange[] {
  const retyped = [...desired.resources].filter(
    ([id, { Type }]) => Type !== (stack.resources.get(id)?.deployed?.Type ?? Type),
  );
  if (retyped.length > 0) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${retyped.map(([id]) => id).join(', ')}]`,
    );
  }
  const changes = new Map<string, PlannedChange>();
  const environment = desired.environment(changes);
  for (const id of dependencyOrder(desired.graph)) {
    const wanted = wantedResource(id, desired, environment);
    const present = stack.resources.get(id)?.deployed;
    const base = { LogicalResourceId: id, ResourceType: wanted.Type };
    if (present === undefined) {
      changes.set(id, { Action: 'Add', ...base, values: { after: wanted.Properties } });
      continue;
    }
    const drift = drifts.get(id);
    const shownDrift = defined({ drift });
    const PhysicalResourceId = present.state.physicalId;
    if (drift?.status === 'DELETED') {
      // "The resource was deleted outside CloudFormation": it is created again.
      const values = { after: wanted.Properties };
      changes.set(id, { Action: 'Add', ...base, PhysicalResourceId, ...shownDrift, values });
      continue;
    }
    const live = drift === undefined ? present : asLive(present, drift);
    const difference = compare(live, wanted, desired.tagsChange);
    if (difference.Scope.length === 0) continue;
    const values = { before: live.Properties, after: wanted.Properties };
    changes.set(id, {
      Action: 'Modify',
      ...base,
      PhysicalResourceId,
      ...difference,
      ...shownDrift,
      causes: causesOf(desired.resources.get(id)?.Properties, changes, environment.isTrue),
      values: { ...values, ...(drift && { deployed: present.Properties }) },
    });
  }
  for (const [id, { Type: ResourceType, state, DeletionPolicy, Properties }] of stack.deployedResources()) {
    if (desired.resources.has(id)) continue;
    const PolicyAction = (DeletionPolicy ?? 'Delete') === 'Delete' ? 'Delete' : 'Retain';
    const base = { LogicalResourceId: id, PhysicalResourceId: state.physicalId, ResourceType };
    changes.set(id, { Action: 'Remove', ...base, PolicyAction, values: { before: Properties } });
  }
  return [...changes.values()];
}

/** The first function of each property that reads a resource which changes. */
function causesOf(
  properties: Json | undefined,
  changes: Changes,
  isTrue: TemplateValues['isTrue'],
): ReadonlyMap<string, ChangeCause> {
  const named = Object.entries(isObject(properties) ? properties : {}).flatMap(([property, value]) => {
    const found = [...references(value, isTrue)].find(({ name }) => changes.has(name));
    return found === undefined ? [] : [[property, causeOf(found)] as const];
  });
  return new Map(named);
}

function causeOf({ name, attribute }: { readonly name: string; readonly attribute?: string }): ChangeCause {
  return attribute === undefined
    ? { ChangeSource: 'ResourceReference', CausingEntity: name }
    : { ChangeSource: 'ResourceAttribute', CausingEntity: `${name}.${attribute}` };
}

/** A resource's definition, with functions evaluated as far as the environment knows the values, and scalars coerced. */
export function wantedResource(id: string, { resources, graph }: DesiredState, environment: TemplateValues) {
  const definition = resources.get(id);
  if (definition === undefined) throw new Error(`There is no resource ${id}.`);
  const properties = coerce(definition.type.properties, resolve(definition.Properties, environment) ?? {});
  return {
    ...definition,
    Properties: isObject(properties) ? (properties as { [key: string]: PartialJson }) : {},
    dependencies: [...(graph.get(id) ?? [])],
  };
}

/** Compares a resource with the new template. `Scope` is empty if nothing differs. `Conditional`: unknown values may replace it. */
export function compare(
  deployed: DeployedResource,
  { type, ...wanted }: ReturnType<typeof wantedResource>,
  tagsChange: boolean,
): Required<Pick<PlannedChange, 'Scope' | 'Replacement' | 'replacing'>> {
  const names = new Set([...Object.keys(deployed.Properties), ...Object.keys(wanted.Properties)]);
  const changed = [...names].filter(
    (name) => !isDeepStrictEqual(member(deployed.Properties, name), member(wanted.Properties, name)),
  );
  const attributes = ['Metadata', 'DeletionPolicy', 'UpdateReplacePolicy'] as const;
  const replaces = (name: string) =>
    type.replacedBy.includes(name) ||
    type.replacedIf?.[name]?.(member(deployed.Properties, name), member(wanted.Properties, name));
  const replacing = changed.filter(replaces);
  const isCertain = replacing.some((name) => isKnown(member(wanted.Properties, name)));
  return {
    Scope: [
      ...(changed.length > 0 || deployed.uncertain ? ['Properties'] : []),
      ...attributes.filter((name) => !isDeepStrictEqual(deployed[name], wanted[name])),
      ...(tagsChange && supportedProperties(type.properties).includes('Tags') ? ['Tags'] : []),
    ],
    Replacement: isCertain ? 'True' : replacing.length > 0 ? 'Conditional' : 'False',
    replacing,
  };
}

/** Whether a deployment changes a resource, the tags or an output, or must delete the leftovers of a failed update. */
export function hasChanges(stack: Stack, desired: DesiredState, changes: readonly PlannedChange[]): boolean {
  if (desired.tagsChange || changes.length > 0 || stack.leftovers.length > 0) return true;
  // No resource changes, so the new outputs can be evaluated now.
  const outputs = attempt(() => stackOutputs(desired));
  return 'error' in outputs || !isDeepStrictEqual(outputs.value, stack.outputs);
}

/** For each node, the nodes that it depends on. */
export type DependencyGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** Orders nodes after their dependencies, and otherwise as in the map. Ignores dependencies that are not nodes. */
export function dependencyOrder(graph: DependencyGraph): string[] {
  const order: string[] = [];
  const waiting = new Map(graph);
  while (waiting.size > 0) {
    const isReady = (id: string) => [...(graph.get(id) ?? [])].every((need) => !waiting.has(need));
    const ready = [...waiting.keys()].filter(isReady);
    if (ready.length === 0) throw circular(waiting);
    for (const id of ready) waiting.delete(id);
    order.push(...ready);
  }
  return order;
}

/** The error names the nodes on circles, but not the nodes that only wait for a circle. */
function circular(waiting: DependencyGraph) {
  const left = new Map(waiting);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    const needed = new Set([...left.values()].flatMap((needs) => [...needs]));
    for (const id of left.keys()) if (!needed.has(id)) left.delete(id);
  }
  return validationError(`Circular dependency between resources: [${[...left.keys()].join(', ')}]`);
}
