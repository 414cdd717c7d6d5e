import type { Stack, StackStatus } from '../engine/stack.ts';
import { validationError } from '../engine/template/errors.ts';

const UPDATABLE: readonly StackStatus[] = [
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_COMPLETE',
];

/**
 * Checks that a stack is in a state in which it can be updated: after a rolled back creation it can only be deleted.
 * @throws AwsError `ValidationError`
 */
export function permitsUpdate(stack: Stack): void {
  if (UPDATABLE.includes(stack.status)) return;
  throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}
