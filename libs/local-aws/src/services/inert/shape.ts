import * as v from 'valibot';
import schemas from './schemas.json' with { type: 'json' };

/** A property: a type's name, the allowed texts with `|` between them, a list, or an object. Required members end in `!`. */
export type Shape = string | readonly [Shape] | { readonly [member: string]: Shape };

/** AWS's schema of one resource type, as far as local AWS uses it. */
export interface InertSchema {
  /** The property or attribute that `Ref` returns. */
  readonly ref: string;
  readonly attributes: readonly string[];
  readonly replacedBy: readonly string[];
  readonly properties: { readonly [name: string]: Shape };
}

/** AWS's schemas of the inert types, by name. scripts/generate-inert-types.ts writes them. */
export const inertSchemas = schemas as unknown as Readonly<Record<string, InertSchema>>;

function schemaOf(shape: Shape): v.GenericSchema {
  if (shape === 'json') return v.unknown();
  if (shape === 'string') return v.string();
  if (shape === 'number') return v.number();
  if (shape === 'boolean') return v.boolean();
  if (typeof shape === 'string') {
    return v.picklist(shape.split('|'), `must be one of ${shape.replaceAll('|', ', ')}`);
  }
  if (isList(shape)) return v.array(schemaOf(shape[0]));
  return objectSchema(shape);
}

/** Makes the schema that checks an object's members. */
export function objectSchema(members: { readonly [name: string]: Shape }) {
  return v.strictObject(
    Object.fromEntries(
      Object.entries(members).map(([name, shape]) =>
        name.endsWith('!') ? [name.slice(0, -1), schemaOf(shape)] : [name, v.optional(schemaOf(shape))],
      ),
    ),
  );
}

// `Array.isArray` does not narrow a readonly list.
function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}
