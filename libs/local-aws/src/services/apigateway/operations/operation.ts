import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import { type Operation, type OperationSpec, operationsOf } from '../../../protocols/operation.ts';
import { paginate, wholeNumberText } from '../../../protocols/shapes.ts';
import { permissionsOn, type ResourcePermission } from '../../resource-type.ts';
import { badRequest } from '../definition/errors.ts';

const declare = operationsOf('apigateway', 'BadRequestException');

/** What has tags. */
export interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

/** APIs, whose tags count for authorization. */
export interface TaggedApis {
  findApi(scope: Scope, id: string): Tagged | undefined;
}

/**
 * Makes the function that declares operations of API Gateway, whose permissions are HTTP verbs on the path of the request:
 * `apigateway:GET` on `arn:aws:apigateway:<region>::/restapis/<id>`. The ARNs of the second API do not have its `/v2`
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html).
 */
export function operationsOn(store: TaggedApis) {
  return <Schema extends v.GenericSchema<unknown, object>>(
    name: string,
    {
      needs,
      ...spec
    }: Omit<OperationSpec<Schema>, 'requires'> & {
      readonly http: string;
      /** The permission that a request needs beside its HTTP verb, if any. */
      needs?(input: v.InferOutput<Schema>): string | false;
    },
  ): Operation => {
    const [verb = '', template = ''] = spec.http.split(' ', 2);
    return declare(name, {
      ...spec,
      requires(input, caller) {
        const members = new Map<string, unknown>(Object.entries(input));
        const path = template.replace(/^\/v2(?=\/)/, '').replace(/\{(\w+)\}/g, (_, label: string) =>
          // Only the ARN of `/tags/{resourceArn}` needs it.
          encodeURIComponent(String(members.get(label) ?? '')),
        );
        return pathPermissions(store, caller, path, verb, needs?.(input) ?? false);
      },
    });
  };
}

/**
 * The permissions to use HTTP verbs, or other actions, on a path. What belongs to an API has the API's tags for authorization
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html).
 */
export function pathPermissions(
  store: TaggedApis,
  scope: Scope,
  path: string,
  ...verbs: readonly (string | false)[]
): readonly ResourcePermission[] {
  const tags = store.findApi(scope, /^\/(?:rest)?apis\/(\w+)/.exec(path)?.[1] ?? '')?.tags ?? {};
  const context = Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
  const actions = verbs.map((verb) => verb && `apigateway:${verb}`);
  return permissionsOn(`arn:aws:apigateway:${scope.region}::${path}`, ...actions).map((permission) => ({
    ...permission,
    context,
  }));
}

/** The path of an API. */
export const API = '/restapis/{restApiId}';

/** The input member that names the API. */
export const api = { restApiId: v.string() };

/** The input members of operations that return a list. */
export const paging = {
  limit: v.optional(wholeNumberText(0, 999), '25'),
  position: v.optional(v.string()),
};

/** One page of a list; on the wire API Gateway's lists are called `item`. */
export function pageOf<Item>(
  list: Iterable<Item>,
  { limit, position }: { readonly limit: number; readonly position?: string | undefined },
) {
  const { items, next } = paginate([...list], {
    size: Math.max(1, Math.min(limit, 500)),
    token: position,
    invalidToken: () => badRequest('Invalid position parameter specified'),
  });
  return { item: items, position: next };
}

/** The input member that asks for parts of a resource to be shown in full. */
export const embed = { embed: v.optional(v.union([v.string(), v.array(v.string())])) };

/** Whether {@link embed} asks for a part, e.g. `methods`. */
export function embeds(input: { readonly embed?: string | string[] | undefined }, part: string): boolean {
  return [input.embed].flat().includes(part);
}

/** A map as answers show it: an empty one is left out. */
export function nonEmpty<Value extends object>(map: Value): Value | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}
