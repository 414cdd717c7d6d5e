import { AwsError } from '../../../../core/errors.ts';
import { compare } from '../change/compare.ts';
import type { DesiredState } from '../change/desired-state.ts';
import { stackLookup } from '../change/lookup.ts';
import { wantedResource } from '../change/plan.ts';
import type { StackPolicy } from '../change/stack-policy.ts';
import { deployedResources, type Stack } from '../stack.ts';
import type { JsonObject } from '../template/json.ts';
import { ResourceActions, type ResourceTools, type Target } from './resource-actions.ts';
import { runGraph } from './run-graph.ts';

/** Which resources kept a deployment from succeeding. */
export interface Failures {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/**
 * Brings the stack's resources to the desired state: creates, updates and replaces them in the order of their
 * dependencies. Nothing is deleted yet. After the first failure nothing more is begun, and what is running counts as
 * cancelled.
 * @param policy the stack policy, for updates
 */
export async function converge(
  stack: Stack,
  desired: DesiredState,
  tools: ResourceTools,
  policy?: StackPolicy,
): Promise<Failures> {
  const created: string[] = [];
  const updated: string[] = [];
  const isStopped = () => created.length + updated.length > 0 || stack.isInterrupted === true;
  const actions = new ResourceActions(stack, tools, isStopped);
  const environment = desired.environment(stackLookup(stack));

  for (const [logicalId, deployed] of deployedResources(stack)) {
    if (desired.resources.has(logicalId)) continue;
    const { type } = deployed;
    const denial = policy?.({ action: 'Update:Delete', logicalId, type });
    if (denial === undefined) continue;
    actions.refuse({ logicalId, type }, denial, deployed);
    updated.push(logicalId);
  }
  await runGraph(
    desired.graph,
    async (logicalId) => {
      const old = stack.resources.get(logicalId)?.deployed;
      const done = await bring(logicalId);
      if (!done) (old === undefined ? created : updated).push(logicalId);
      return done;
    },
    () => !isStopped(),
  );
  return { created, updated };

  async function bring(logicalId: string): Promise<boolean> {
    const definition = desired.resources.get(logicalId);
    const type = definition && tools.types.get(definition.type);
    if (definition === undefined || type === undefined) return false;
    const old = stack.resources.get(logicalId)?.deployed;
    const wanted = attempt(() => wantedResource(logicalId, definition, desired, environment, type));
    if ('error' in wanted) return actions.refuse({ logicalId, type: definition.type }, wanted.error, old);
    // Every resource that they refer to exists by now, so nothing in the properties is unknown.
    const target: Target = { ...wanted.value, properties: wanted.value.properties as JsonObject };
    if (old === undefined) return actions.create(target);
    const { scope, replacement } = compare(old, wanted.value, type, desired.tagsChange);
    if (scope.length === 0) return actions.keep(target, old);
    const isReplaced = replacement !== 'False';
    const action = isReplaced ? 'Update:Replace' : 'Update:Modify';
    const denial = policy?.({ action, logicalId, type: old.type });
    if (denial !== undefined) return actions.refuse(target, denial, old);
    if (isReplaced) return actions.create(target, old);
    return scope.includes('Properties') || scope.includes('Tags')
      ? actions.update(target, old)
      : actions.adopt(target, old);
  }
}

/** Turns an error of the template into a value. */
export function attempt<Value>(run: () => Value): { readonly value: Value } | { readonly error: string } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof AwsError) return { error: error.message };
    throw error;
  }
}
