import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { ResourceContext, ResourcePermission } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { iamPermissions } from '../operations/operation.ts';

/** A policy document in a template: an object, or JSON text. */
export const policyDocument = v.union([
  v.record(v.string(), v.unknown()),
  v.pipe(v.string(), v.minLength(1)),
]);

/** The names of the roles that have a policy. */
export const roleNames = v.optional(v.array(shapes.roleName), []);

/** The permission for an operation on each role that has a policy. @param operation e.g. `AttachRolePolicy` */
export function permissionsOnRoles(
  directory: Directory,
  scope: Pick<ResourceContext, 'accountId'>,
  operation: string,
  names: readonly string[],
  context?: ResourcePermission['context'],
): readonly ResourcePermission[] {
  const { role } = iamPermissions(directory);
  return names.map((name) => ({ action: `iam:${operation}`, ...role(scope, name, context) }));
}

/** The names of one list that are not in another. */
export function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}
