import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { resourceTagContext } from '../../../core/resource-tag-context.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import {
  type OperationCaller,
  type OperationSpec,
  type Output,
  operationsOf,
  type Permission,
  type ServiceOperation,
} from '../../../protocols/operation.ts';
import { type Page, paginate, wholeNumberText } from '../../../protocols/shapes.ts';
import { invalid } from '../functions/errors.ts';
import { type FunctionReference, functionArn, parseFunctionName } from '../functions/function-name.ts';
import type { FunctionStore } from '../store.ts';

/** Declares an operation of Lambda that is not about one function. */
export const operation = operationsOf('lambda', {
  constraint: 'ValidationException',
  other: 'InvalidParameterValueException',
});

/** The path of a function in most operations. */
export const FUNCTION = '/2015-03-31/functions/{FunctionName}';

/** The input member of operations on a version of a function. */
export const qualifier = { Qualifier: v.optional(v.string()) } as const;

type InputOf<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

interface FunctionOperationSpec<Entries extends v.ObjectEntries>
  extends Pick<OperationSpec<v.GenericSchema>, 'http' | 'status' | 'rawBody'> {
  /** The input members, without `FunctionName`. Default: {@link qualifier}. */
  readonly input?: Entries;
  /** The permissions that the caller needs. Default: the operation's permission on the function. */
  requires?(permission: Permission, input: InputOf<Entries>): Permission | readonly Permission[];
  /** @param reference the function, with the qualifier of the name or of the input */
  handle(
    reference: FunctionReference,
    input: InputOf<Entries> & { readonly FunctionName: string },
    call: ServiceRequest,
  ): Promise<Output> | Output;
}

/** Makes the function that declares operations on one function. Each one parses its name and requires the permission on it. */
export function functionOperationsOf(store: FunctionStore) {
  return <Entries extends v.ObjectEntries = typeof qualifier>(
    name: string,
    spec: FunctionOperationSpec<Entries>,
  ): ServiceOperation => {
    const { requires = (permission) => permission, handle, input: entries = qualifier, ...http } = spec;
    const input = v.object({
      FunctionName: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
      ...entries,
    });
    const referenceOf = (members: Record<string, unknown>, caller: Omit<OperationCaller, 'principal'>) =>
      parseFunctionName(String(members.FunctionName), caller, members.Qualifier as string | undefined);
    return operation(name, {
      ...http,
      input,
      requires: (members, caller) =>
        requires(functionPermission(store, referenceOf(members, caller)), members as InputOf<Entries>),
      handle: (members, call) =>
        handle(
          referenceOf(members, call),
          members as InputOf<Entries> & { readonly FunctionName: string },
          call,
        ),
    });
  };
}

/** The permission on a function, with the function's resource policy. The tags of a function apply to its versions and aliases. */
export function functionPermission(store: FunctionStore, reference: FunctionReference) {
  return defined({
    resource: functionArn(reference),
    resourceAccountId: reference.accountId,
    resourcePolicy: store.seenPolicy(reference),
    context: resourceTagContext(store.find(reference)?.tags),
  });
}

/** The input members of operations that return a list. */
export const paging = {
  Marker: v.optional(v.string()),
  MaxItems: v.optional(wholeNumberText(1, 10_000), '50'),
} as const;

/** One page of a list. */
export function pageOf<Item>(
  items: readonly Item[],
  { Marker, MaxItems }: { readonly Marker?: string | undefined; readonly MaxItems: number },
): Page<Item> {
  return paginate(items, { size: MaxItems, token: Marker, invalidToken: () => invalid('Invalid Marker.') });
}
