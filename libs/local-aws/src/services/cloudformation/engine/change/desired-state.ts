import { isDeepStrictEqual } from 'node:util';
import type { Deployment } from '../deployment.ts';
import type { Stack } from '../stack.ts';
import { conditionEvaluator } from '../template/conditions.ts';
import { type DependencyGraph, dependencyOrder } from '../template/dependencies.ts';
import { MissingExportError, templateError, unresolvedReferences } from '../template/errors.ts';
import type { Json } from '../template/json.ts';
import { parameterValue } from '../template/parameters.ts';
import { pseudoParameters } from '../template/pseudo-parameters.ts';
import { references } from '../template/references.ts';
import type { Environment } from '../template/resolve.ts';
import type { OutputDefinition, ResourceDefinition } from '../template/template.ts';
import type { ResourceLookup } from './lookup.ts';

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
  /** Makes the environment in which functions are evaluated. */
  environment(lookup: ResourceLookup): Environment;
  /** Names of the exports that evaluations have used so far. */
  readonly imports: ReadonlySet<string>;
}

/**
 * Decides the conditions of a deployment's template and finds out what depends on what.
 * @param exportValue gives the value of an export of the account and region; `undefined` if nothing exports it
 * @throws AwsError `ValidationError` for circular dependencies, references to resources that a condition leaves out and
 *   conditions that cannot be evaluated
 */
export function desiredState(
  stack: Stack,
  { template, parameters, tags }: Deployment,
  exportValue: (name: string) => string | undefined,
): DesiredState {
  const imports = new Set<string>();
  const values = new Map<string, Json>(pseudoParameters(stack));
  for (const [key, definition] of template.parameters) {
    const value = parameters.get(key);
    if (value !== undefined) values.set(key, parameterValue(definition, value));
  }
  const common = {
    region: stack.region,
    parameters: values,
    mappings: template.mappings,
    importValue(name: string): string {
      const value = exportValue(name);
      if (value === undefined) throw new MissingExportError(name);
      imports.add(name);
      return value;
    },
  };
  const isTrue = conditionEvaluator(template.conditions, { ...common, ...NO_RESOURCES });
  for (const name of template.conditions.keys()) isTrue(name);
  const isLive = ({ condition }: { readonly condition?: string }) =>
    condition === undefined || isTrue(condition);
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
    [...resources].map(([id, { properties, dependsOn }]) => [
      id,
      new Set([...resourcesIn(properties, 'Resources'), ...dependsOn.filter((name) => resources.has(name))]),
    ]),
  );
  dependencyOrder(graph);
  for (const { value } of outputs.values()) resourcesIn(value, 'Outputs');
  return {
    resources,
    outputs,
    graph,
    imports,
    tagsChange: !isDeepStrictEqual(stack.deployment?.tags ?? {}, tags),
    environment: (lookup) => ({ ...common, isTrue, ...lookup }),
  };
}

const NO_RESOURCES: ResourceLookup = {
  ref: () => undefined,
  getAtt: (logicalId) => {
    throw templateError(`Cannot reference resource ${logicalId} in the Conditions block of the template`);
  },
};
