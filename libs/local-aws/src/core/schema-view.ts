import type * as v from 'valibot';

/** The readable parts of a valibot schema (https://valibot.dev/guides/internal-architecture/). */
export interface SchemaView {
  readonly type: string;
  /** Of an object. */
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  /** Of a list. */
  readonly item?: v.GenericSchema;
  /** Of a list of fixed length. */
  readonly items?: readonly v.GenericSchema[];
  /** Of a map. */
  readonly value?: v.GenericSchema;
  /** Of an optional schema and the like. */
  readonly wrapped?: v.GenericSchema;
  /** Schemas of a union, a variant or an intersection; values of a picklist or an enumeration. */
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
}

/** Looks inside a schema. */
export function schemaView(schema: v.GenericSchema): SchemaView {
  return schema as unknown as SchemaView;
}

/** The alternatives of a union, a variant or an intersection; an empty list for other schemas. */
export function schemaOptions({ options = [] }: SchemaView): readonly v.GenericSchema[] {
  return options.filter(isSchema);
}

/** Whether a value is a schema: in a map, `value` is one; in a check, it is the value to check against. */
export function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}
