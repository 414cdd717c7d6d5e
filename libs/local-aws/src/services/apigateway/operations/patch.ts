import * as v from 'valibot';
import { badRequest } from '../definition/errors.ts';

/** The input member of operations that change a resource (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html). */
export const patch = {
  patchOperations: v.optional(
    v.array(v.object({ op: v.string(), path: v.string(), value: v.optional(v.string()) })),
    [],
  ),
};

/**
 * What can be changed of a resource: for each path template, what a value makes of the resource. The value is `undefined` for
 * `remove`; the labels of the path follow. The first template that matches counts.
 */
export type PatchRules<Resource> = Readonly<
  Record<string, (resource: Resource, value: string | undefined, ...labels: string[]) => Resource | undefined>
>;

/** Applies patch operations to a resource, all or none. @param invalidPath begins the error for a path without a rule */
export function patched<Resource>(
  resource: Resource,
  operations: readonly { readonly op: string; readonly path: string; readonly value?: string | undefined }[],
  rules: PatchRules<Resource>,
  invalidPath = 'Invalid patch path',
): Resource {
  return operations.reduce((current, { op, path, value = '' }) => {
    if (!['add', 'replace', 'remove'].includes(op)) {
      throw badRequest('Invalid patch operation specified. Must be one of: [add, remove, replace]');
    }
    for (const [template, apply] of Object.entries(rules)) {
      const match = expressionOf(template).exec(path);
      if (match === null) continue;
      const changed = apply(current, op === 'remove' ? undefined : value, ...match.slice(1));
      if (changed !== undefined) return changed;
      break;
    }
    throw badRequest(`${invalidPath}: ${path}. Must be one of: [${Object.keys(rules).join(', ')}]`);
  }, resource);
}

function expressionOf(template: string): RegExp {
  const pattern = template
    .replace('{resourcePath}', '([^/]{1,1000})')
    .replace('{httpMethod}', '([A-Z]{1,10}|\\*)');
  return new RegExp(`^${pattern}$`);
}
