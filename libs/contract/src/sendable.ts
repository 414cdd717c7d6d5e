import type { JSON_REMEDIES, RESPONSE_REMEDY, TYPE_CHANGES } from './json-remedies.ts';

/**
 * Why values of a schema cannot be sent as JSON, each with its place; `never` if they can.
 * @template IsResponse whether a handler sends them. The handler does not execute a transformation, so a response must not have one
 * @example Unsendable<v.ObjectSchema<{ due: v.DateSchema<undefined> }, undefined>> // '.due: JSON has no dates. …'
 */
export type Unsendable<Schema, IsResponse extends boolean = false, Path extends string = ''> =
  | (Schema extends { readonly type: infer Type extends keyof typeof JSON_REMEDIES }
      ? `${Path}: ${(typeof JSON_REMEDIES)[Type]}`
      : Below<Schema, IsResponse, Path>)
  | (IsResponse extends true
      ? Schema extends { readonly pipe: readonly (infer Item)[] }
        ? Item extends { readonly kind: 'transformation'; readonly type: (typeof TYPE_CHANGES)[number] }
          ? `${Path}: ${typeof RESPONSE_REMEDY}`
          : never
        : never
      : never);

/** The same for the schemas below a schema. */
type Below<Schema, IsResponse extends boolean, Path extends string> =
  | (Schema extends { readonly entries: infer Entries }
      ? {
          [Name in keyof Entries & string]: Unsendable<Entries[Name], IsResponse, `${Path}.${Name}`>;
        }[keyof Entries & string]
      : never)
  | (Schema extends { readonly item: infer Item } ? Unsendable<Item, IsResponse, `${Path}[]`> : never)
  | (Schema extends { readonly items: readonly (infer Item)[] }
      ? Unsendable<Item, IsResponse, `${Path}[]`>
      : never)
  | (Schema extends { readonly rest: infer Rest } ? Unsendable<Rest, IsResponse, `${Path}.*`> : never)
  | (Schema extends { readonly type: 'record'; readonly value: infer Value }
      ? Unsendable<Value, IsResponse, `${Path}.*`>
      : never)
  | (Schema extends { readonly wrapped: infer Wrapped } ? Unsendable<Wrapped, IsResponse, Path> : never)
  | (Schema extends {
      readonly type: 'union' | 'variant' | 'intersect';
      readonly options: readonly (infer Option)[];
    }
      ? Unsendable<Option, IsResponse, Path>
      : never);
