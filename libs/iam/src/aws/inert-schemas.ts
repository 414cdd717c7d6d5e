import schemas from './inert-schemas.json' with { type: 'json' };

/** A property: a type's name, allowed values separated by `|`, a list, or an object. Required members end in `!`. */
export type Shape = string | [Shape] | { readonly [member: string]: Shape };

/** The parts of AWS's schema of a resource type that local AWS uses. */
export interface InertSchema {
  /** The property or attribute that `Ref` returns. */
  readonly ref: string;
  readonly attributes: readonly string[];
  readonly replacedBy: readonly string[];
  readonly properties: { readonly [name: string]: Shape };
}

/** AWS's schemas of the resource types that local AWS accepts although they have no effect there, by name. */
export const inertSchemas = schemas as unknown as Readonly<Record<string, InertSchema>>;
