import { isObject, itemsOf, type Json, scalarText, walk } from './json.ts';
import { functionCall } from './references.ts';
import { findInMap } from './resolve.ts';
import type { Template } from './template.ts';

/**
 * Checks every `Fn::FindInMap` of a template, also in branches and resources whose condition does not hold: CloudFormation refuses the
 * template if one of them finds nothing. @param parameters the known values of parameters @throws AwsError
 */
export function checkMappings(template: Template, parameters: ReadonlyMap<string, Json>): void {
  const { mappings, resources, outputs, conditions } = template;
  const values = [
    ...[...resources.values()].map(({ Properties }) => Properties),
    ...[...outputs.values()].flatMap(({ Value, Export }) => [Value, Export?.Name ?? null]),
    ...conditions.values(),
  ];
  for (const { value } of values.flatMap((one) => [...walk(one)])) {
    const call = isObject(value) ? functionCall(value) : undefined;
    if (call?.name === 'Fn::FindInMap') lookUp(call.argument);
  }

  /** @returns `undefined` if a key is not known yet */
  function lookUp(argument: Json): Json | undefined {
    const keys = itemsOf(argument).map(keyOf);
    return keys.includes(undefined) ? undefined : findInMap(keys as string[], mappings);
  }

  /** A key is text, a parameter, or found in a mapping itself. */
  function keyOf(value: Json): string | undefined {
    const call = isObject(value) ? functionCall(value) : undefined;
    if (call?.name === 'Ref') return scalarText(parameters.get(String(call.argument)));
    return scalarText(call?.name === 'Fn::FindInMap' ? lookUp(call.argument) : value);
  }
}
