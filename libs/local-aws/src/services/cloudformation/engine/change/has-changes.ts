import { isDeepStrictEqual } from 'node:util';
import { stackOutputs } from '../execution/outputs.ts';
import type { Stack } from '../stack.ts';
import type { DesiredState } from './desired-state.ts';
import type { PlannedChange } from './plan.ts';

/** Whether a deployment changes anything: a resource, the stack's tags, an output or what a failed update left. */
export function hasChanges(stack: Stack, desired: DesiredState, changes: readonly PlannedChange[]): boolean {
  if (desired.tagsChange || changes.length > 0 || stack.leftovers.length > 0) return true;
  // With all resources as they are, so are the values that outputs are made of.
  return !isDeepStrictEqual(stackOutputs(stack, desired), stack.outputs);
}
