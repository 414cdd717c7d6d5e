import type { ResourceState } from '../../../resource-type.ts';
import { templateError } from '../template/errors.ts';
import type { Json } from '../template/json.ts';

/**
 * What `Fn::GetAtt` gives for a resource that exists.
 * @throws AwsError `ValidationError` for an attribute that it has not
 */
export function attributeOf(logicalId: string, state: ResourceState, attribute: string): Json {
  const value = Object.hasOwn(state.attributes, attribute) ? state.attributes[attribute] : undefined;
  if (value === undefined) {
    const supported = Object.keys(state.attributes).sort().join(', ');
    throw templateError(
      `resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt. Supported: ${supported === '' ? 'none' : supported}`,
    );
  }
  return value as Json;
}
