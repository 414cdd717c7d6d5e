import type { ResourceType } from '../../../resource-type.ts';
import { membersAt, unsupportedMembers } from '../change/property-schema.ts';
import { formatError } from './errors.ts';
import type { Template } from './template.ts';

/** Checks that local AWS has all resource types and properties of a template. */
export function checkSupport({ resources }: Template, types: ReadonlyMap<string, ResourceType>): void {
  const unrecognized = new Set<string>();
  const properties: string[] = [];
  for (const [id, { Type, Properties }] of resources) {
    const type = types.get(Type);
    if (type === undefined) {
      unrecognized.add(Type);
      continue;
    }
    for (const path of unsupportedMembers(type.properties, Properties)) {
      const supported = membersAt(type.properties, path.split('.').slice(0, -1)).join(', ');
      properties.push(`${path} of ${id} (${Type}; supported: ${supported})`);
    }
  }
  const problems: string[] = [];
  if (unrecognized.size > 0) {
    const supported = [...types.keys()].sort().join(', ');
    problems.push(
      `Unrecognized resource types: [${[...unrecognized].join(', ')}]. local AWS supports: ${supported}`,
    );
  }
  if (properties.length > 0)
    problems.push(`Properties that local AWS does not support: ${properties.join('; ')}`);
  if (problems.length > 0) throw formatError(problems.join('. '));
}
