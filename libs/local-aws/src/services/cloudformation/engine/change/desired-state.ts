import { isDeepStrictEqual } from 'node:util';
import { type DependencyGraph, dependencyOrder } from '../graph.ts';
import type { Deployment, Stack } from '../stack.ts';
import { conditionEvaluator } from '../template/conditions.ts';
import { templateError, unresolvedReferences, validationError } from '../template/errors.ts';
import type { Json } from '../template/json.ts';
import { parameterValues, resolvedStrings } from '../template/parameters.ts';
import { pseudoParameters } from '../template/pseudo-parameters.ts';
import { references } from '../template/references.ts';
import type { Environment } from '../template/resolve.ts';
import type { OutputDefinition, ResourceDefinition } from '../template/template.ts';

/** How functions read resources: see {@link Environment}. */
export type ResourceLookup = Pick<Environment, 'ref' | 'getAtt'>;

/** A template with its parameters and conditions decided: the state that the stack is to reach. */
export interface DesiredState {
  /** The resources whose condition holds. */
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  /** The outputs whose condition holds. */
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
  /** What each resource refers to or `DependsOn`s. */
  readonly graph: DependencyGraph;
  /** Whether the stack's tags change. */
  readonly tagsChange: boolean;
  /** Makes the environment in which functions are evaluated. @param lookup default: reads resources as they are */
  environment(lookup?: ResourceLookup): Environment;
  /** Names of the exports that evaluations have used so far. */
  readonly imports: ReadonlySet<string>;
}

/** Decides the conditions of a deployment's template, and finds out what depends on what. */
export function desiredState(
  stack: Stack,
  { template, tags, ...deployment }: Deployment,
  exportValue: (name: string) => string | undefined,
): DesiredState {
  const imports = new Set<string>();
  const values = new Map<string, Json>([
    ...pseudoParameters(stack),
    ...parameterValues(template.parameters, resolvedStrings(deployment)),
  ]);
  const common = {
    region: stack.region,
    parameters: values,
    mappings: template.mappings,
    importValue(name: string): string {
      const value = exportValue(name);
      if (value === undefined) throw validationError(`No export named ${name} found`);
      imports.add(name);
      return value;
    },
  };
  const isTrue = conditionEvaluator(template.conditions, { ...common, ...NO_RESOURCES });
  for (const name of template.conditions.keys()) isTrue(name);
  const isLive = ({ Condition }: { readonly Condition?: string | undefined }) =>
    Condition === undefined || isTrue(Condition);
  const resources = new Map([...template.resources].filter(([, resource]) => isLive(resource)));
  const outputs = new Map([...template.outputs].filter(([, output]) => isLive(output)));
  const resourcesIn = (value: Json, block: string): string[] => {
    const names = [...references(value, isTrue)].map(({ name }) => name);
    const found = names.filter((name) => template.resources.has(name) && !template.parameters.has(name));
    const missing = found.filter((name) => !resources.has(name));
    if (missing.length === 0) return found;
    throw unresolvedReferences(missing, block);
  };
  const graph = new Map(
    [...resources].map(([id, { Properties, DependsOn }]) => [
      id,
      new Set([...resourcesIn(Properties, 'Resources'), ...DependsOn.filter((name) => resources.has(name))]),
    ]),
  );
  dependencyOrder(graph);
  for (const { Value } of outputs.values()) resourcesIn(Value, 'Outputs');
  return {
    resources,
    outputs,
    graph,
    imports,
    tagsChange: !isDeepStrictEqual(stack.deployment?.tags ?? {}, tags),
    environment: (lookup = presentLookup(stack)) => ({ ...common, isTrue, ...lookup }),
  };
}

const NO_RESOURCES: ResourceLookup = {
  ref: () => undefined,
  getAtt: (logicalId) => {
    throw templateError(`Cannot reference resource ${logicalId} in the Conditions block of the template`);
  },
};

/** Reads resources as they are. */
export function presentLookup({ resources }: Stack): ResourceLookup {
  return {
    ref: (logicalId) => resources.get(logicalId)?.deployed?.state.physicalId,
    getAtt(logicalId, attribute) {
      const attributes = new Map(Object.entries(resources.get(logicalId)?.deployed?.state.attributes ?? {}));
      const value = attributes.get(attribute);
      if (value !== undefined) return value as Json;
      const supported = [...attributes.keys()].sort().join(', ');
      throw templateError(
        `resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt. Supported: ${supported === '' ? 'none' : supported}`,
      );
    },
  };
}
