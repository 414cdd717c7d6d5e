import * as v from 'valibot';
import { coerce } from './cloudformation/engine/change/property-schema.ts';
import type { Json } from './cloudformation/engine/template/json.ts';
import type { ResourceType } from './resource-type.ts';

/** Reads a resource's properties as CloudFormation does: scalars are converted, and the schema is checked. */
export function readProperties({ properties: schema }: ResourceType, properties: object): unknown {
  return v.parse(schema, coerce(schema, properties as Json));
}
