import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import { resourceTagContext } from '../../../core/resource-tag-context.ts';
import type { Scope } from '../../../core/scope.ts';
import { type OperationSpec, operationsOf, type ServiceOperation } from '../../../protocols/operation.ts';
import { paginate, tagList, wholeNumberText } from '../../../protocols/shapes.ts';
import type { ResourcePermission } from '../../resource-type.ts';
import type { Owned, OwnedCollection } from '../definition/api-collection.ts';
import { badRequest, found } from '../definition/errors.ts';

const declare = operationsOf('apigateway', 'BadRequestException');

/** A collection that may have APIs. Their tags count for authorization. */
type TaggedApis = Pick<OwnedCollection<Owned>, 'find'>;

/**
 * Makes the function that declares operations of API Gateway. Their permissions are HTTP verbs on the path of the request:
 * `apigateway:GET` on `arn:aws:apigateway:<region>::/restapis/<id>`. ARNs omit the `/v2` of HTTP APIs
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html).
 */
export function operationsOn(store: TaggedApis) {
  return <Schema extends v.GenericSchema<unknown, object>>(
    name: string,
    spec: Omit<OperationSpec<Schema>, 'requires'> & {
      readonly http: string;
      /** The action that a request needs in addition to its HTTP verb, without `apigateway:`. */
      needs?(input: v.InferOutput<Schema>): string | false;
      /** The tags in the request. */
      tags?(input: v.InferOutput<Schema>): Readonly<Record<string, string>>;
    },
  ): ServiceOperation => {
    const { needs, tags, ...others } = spec;
    const [verb = '', template = ''] = spec.http.split(' ', 2);
    return declare(name, {
      ...others,
      requires(input, caller) {
        const path = template.replace(/^\/v2(?=\/)/, '').replace(/\{(\w+)\}/g, (_, label: string) =>
          // Only the ARN in `/tags/{resourceArn}` needs the encoding.
          encodeURIComponent(String((input as Readonly<Record<string, unknown>>)[label] ?? '')),
        );
        const permissions = pathPermissions(store, caller, path, verb, needs?.(input) ?? false);
        const requested = requestTagKeys(tagList(tags?.(input) ?? {}));
        return permissions.map((each) => ({ ...each, context: { ...each.context, ...requested } }));
      },
    });
  };
}

/** The permissions to use HTTP verbs, or other actions, on a path. */
export function pathPermissions(
  store: TaggedApis,
  scope: Scope,
  path: string,
  ...verbs: readonly (string | false)[]
): readonly ResourcePermission[] {
  const place = placeOn(store, scope, path);
  return verbs.flatMap((verb) => (verb ? [{ ...place, action: `apigateway:${verb}` }] : []));
}

/**
 * A path as the place of a permission. Parts of an API have the API's tags for authorization
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html).
 */
export function placeOn(
  store: TaggedApis,
  scope: Scope,
  path: string,
): Pick<ResourcePermission, 'context'> & { readonly resource: string } {
  const tags = store.find(scope, /^\/(?:rest)?apis\/(\w+)/.exec(path)?.[1] ?? '')?.tags ?? {};
  return { resource: `arn:aws:apigateway:${scope.region}::${path}`, context: resourceTagContext(tags) };
}

/** A collection that one operation lists and another reads: see {@link readOperationsOn}. */
interface Collection<Item> {
  readonly operations: readonly [list: string, read: string];
  /** The path of a member, in AWS's spelling: `/v2/apis/{ApiId}/routes/{RouteId}`. */
  readonly path: string;
  /** @param ownerId the value of the last label but one in the path; `''` if there is none */
  members(scope: Scope, ownerId: string): ReadonlyMap<string, Item>;
  /** Further members of the input of the operation that reads a member. */
  readonly readInput?: v.ObjectEntries;
  /** @param input the input of the operation that reads a member */
  describe(item: Item, id: string, input?: object): object;
  /** The message of the error for a member that does not exist. */
  missing(id: string, scope: Scope): string;
}

/** The input members and the response of a list with pages. */
interface Paging<Entries extends v.ObjectEntries> {
  readonly input: Entries;
  pageOf(list: readonly object[], input: v.InferOutput<v.ObjectSchema<Entries, undefined>>): object;
}

/** Makes the function that declares the operations that list and read a collection. */
export function readOperationsOn<Entries extends v.ObjectEntries>(
  store: TaggedApis,
  { input: paging, pageOf }: Paging<Entries>,
) {
  const operation = operationsOn(store);
  return <Item>(collection: Collection<Item>): readonly ServiceOperation[] => {
    const { path, members, readInput, describe, missing } = collection;
    const [list, read] = collection.operations;
    const labels = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const [label = '', owner = ''] = labels.toReversed();
    const textOf = (input: object, name: string) =>
      String((input as Readonly<Record<string, unknown>>)[name] ?? '');
    const texts = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, v.string()]));
    return [
      operation(list, {
        http: `GET ${path.slice(0, path.lastIndexOf('/'))}`,
        input: v.object({ ...texts(labels.slice(0, -1)), ...paging }),
        handle: (input, call) =>
          pageOf(
            [...members(call, textOf(input, owner))].map(([id, item]) => describe(item, id)),
            input as v.InferOutput<v.ObjectSchema<Entries, undefined>>,
          ),
      }),
      operation(read, {
        http: `GET ${path}`,
        input: v.object({ ...readInput, ...texts(labels) }),
        handle(input, call) {
          const id = textOf(input, label);
          return describe(found(members(call, textOf(input, owner)).get(id), missing(id, call)), id, input);
        },
      }),
    ];
  };
}

/** The path of an API. */
export const API = '/restapis/{restApiId}';

/** The input member that names the API. */
export const api = { restApiId: v.string() };

/** The pages of a list. In responses, API Gateway calls the list `item`. */
export const paging = {
  input: { limit: v.optional(wholeNumberText(0, 999), '25'), position: v.optional(v.string()) },
  pageOf(
    list: readonly object[],
    { limit, position }: { readonly limit: number; readonly position?: string | undefined },
  ) {
    const { items, next } = paginate(list, {
      size: Math.max(1, Math.min(limit, 500)),
      token: position,
      invalidToken: () => badRequest('Invalid position parameter specified'),
    });
    return { item: items, position: next };
  },
};

/** Returns `undefined` for an empty map: responses omit it. */
export function nonEmpty<Value extends object>(map: Value): Value | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

/** The input member of operations that change a resource (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html). */
export const patch = {
  patchOperations: v.optional(
    v.array(v.object({ op: v.string(), path: v.string(), value: v.optional(v.string()) })),
    [],
  ),
};

/**
 * Rules for changes of a resource by path template. A rule returns the changed members, or `undefined` to refuse the operation. The
 * value is `undefined` for `remove`. The labels of the path follow. The first template that matches counts.
 */
export type PatchRules<Resource> = Readonly<
  Record<
    string,
    (
      resource: Resource,
      value: string | undefined,
      ...labels: string[]
    ) => { readonly [Name in keyof Resource]?: Resource[Name] | undefined } | undefined
  >
>;

const PATCH_OPS = ['add', 'remove', 'move', 'test', 'replace', 'copy'];

/** As LocalStack's tests recorded it on AWS: `test_update_rest_api_concatenation_of_errors`, https://github.com/localstack/localstack */
function checkOps(operations: v.InferOutput<typeof patch.patchOperations>, name: string): void {
  const problems = operations.flatMap(({ op }, index) =>
    PATCH_OPS.includes(op)
      ? []
      : [
          `Value '${op.slice(0, 200)}' at '${name}Input.patchOperations.${index + 1}.member.op' failed to satisfy constraint: Member must satisfy enum value set: [${PATCH_OPS.join(', ')}]`,
        ],
  );
  if (problems.length === 0) return;
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
  throw new AwsError('ValidationException', `${count}: ${problems.join('; ')}`);
}

/**
 * Applies patch operations to a resource, all or none.
 * @param name the operation's, as AWS's messages write it: `updateRestApi`
 * @param invalidPath the start of the message for a path without a rule
 */
export function patched<Resource extends object>(
  resource: Resource,
  operations: v.InferOutput<typeof patch.patchOperations>,
  rules: PatchRules<Resource>,
  name: string,
  invalidPath = 'Invalid patch path',
): Resource {
  checkOps(operations, name);
  let current = resource;
  for (const { op, path, value = '' } of operations) {
    if (!['add', 'replace', 'remove'].includes(op)) {
      throw badRequest('Invalid patch operation specified. Must be one of: [add, remove, replace]');
    }
    const [rule] = Object.entries(rules).flatMap(([template, changesOf]) => {
      const pattern = template
        .replace('{resourcePath}', '([^/]{1,1000})')
        .replace('{httpMethod}', '([A-Z]{1,10}|\\*)');
      const match = new RegExp(`^${pattern}$`).exec(path);
      return match === null ? [] : [{ changesOf, labels: match.slice(1) }];
    });
    const changes = rule?.changesOf(current, op === 'remove' ? undefined : value, ...rule.labels);
    if (changes === undefined) {
      throw badRequest(`${invalidPath}: ${path}. Must be one of: [${Object.keys(rules).join(', ')}]`);
    }
    current = defined({ ...current, ...changes }) as Resource;
  }
  return current;
}
