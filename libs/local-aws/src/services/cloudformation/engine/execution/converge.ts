import { AwsError } from '../../../../core/errors.ts';
import type { DesiredState } from '../change/desired-state.ts';
import { compare, wantedResource } from '../change/plan.ts';
import { runGraph } from '../graph.ts';
import type { ResourceSpec, Stack } from '../stack.ts';
import type { JsonObject } from '../template/json.ts';
import { ResourceActions, type ResourceTools } from './resource-actions.ts';

/** Creates, updates and replaces resources in the order of their dependencies. After a failure, nothing more is begun. @returns what failed */
export async function converge(
  stack: Stack,
  desired: DesiredState,
  tools: ResourceTools,
): Promise<{ readonly created: readonly string[]; readonly updated: readonly string[] }> {
  const created: string[] = [];
  const updated: string[] = [];
  const isStopped = () => created.length + updated.length > 0 || stack.isInterrupted === true;
  const actions = new ResourceActions(stack, tools, isStopped);
  const environment = desired.environment();

  await runGraph(
    desired.graph,
    async (id) => {
      const old = stack.resources.get(id)?.deployed;
      const done = await bring(id);
      if (!done) (old === undefined ? created : updated).push(id);
      return done;
    },
    () => !isStopped(),
  );
  return { created, updated };

  async function bring(id: string): Promise<boolean> {
    const definition = desired.resources.get(id);
    const type = definition && tools.types.get(definition.Type);
    if (definition === undefined || type === undefined) return false;
    const present = stack.resources.get(id);
    const old = present?.deployed;
    const evaluated = attempt(() => wantedResource(id, definition, desired, environment, type));
    if ('error' in evaluated) return actions.refuse(id, definition.Type, evaluated.error, old);
    // Every resource that they refer to exists by now, so nothing in the properties is unknown.
    const wanted: ResourceSpec = { ...evaluated.value, Properties: evaluated.value.Properties as JsonObject };
    if (present === undefined || old === undefined) return actions.create(id, wanted);
    const { Scope, Replacement } = compare(old, wanted, type, desired.tagsChange);
    if (Scope.length === 0) {
      // It stays as it is; only what it depends on may have changed.
      stack.resources.set(id, { ...present, deployed: { ...old, dependencies: wanted.dependencies } });
      return true;
    }
    if (Replacement !== 'False') return actions.create(id, wanted, old);
    if (Scope.includes('Properties') || Scope.includes('Tags')) return actions.update(id, wanted, old);
    const { state, instance, uncertain } = old;
    return actions.adopt(id, { ...wanted, state, instance, uncertain }, old);
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
