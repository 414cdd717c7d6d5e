import { isObject } from '../../../core/is-object.ts';
import { validationException } from './table-checks.ts';

/**
 * The levels of lists and maps in an item; a scalar attribute is the first.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes-nested
 * https://github.com/nubo-db/dynamodb-conformance (nestingDepth), run on AWS: 31 maps around a scalar are stored, 32 are not.
 */
const MAX_LEVELS = 32;

/** AWS's words for a value with more levels. */
export const TOO_DEEP =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';

/** Whether an attribute's value has too many levels. @param above the levels that lead to it, for a value within an item */
export function isTooDeep(value: unknown, above = 0): boolean {
  // A request may have thousands of levels: no recursion.
  const pending: (readonly [unknown, number])[] = [[value, above + 1]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [one, level] = next;
    if (level > MAX_LEVELS) return true;
    if (!isObject(one)) continue;
    const inner = [...(Array.isArray(one.L) ? one.L : []), ...(isObject(one.M) ? Object.values(one.M) : [])];
    for (const each of inner) pending.push([each, level + 1]);
  }
  return false;
}

/** Refuses an input with an attribute's value of too many levels: of an item, a key, or an expression. @throws AwsError */
export function checkNesting(input: object): void {
  if ([...valuesIn(input)].some((value) => isTooDeep(value))) throw validationException(TOO_DEEP);
}

/** The values of attributes in an input of which nothing has been checked yet. */
function* valuesIn(input: object): Generator<unknown> {
  const members: Readonly<Record<string, unknown>> = { ...input };
  for (const name of ['Item', 'Key', 'ExclusiveStartKey', 'ExpressionAttributeValues']) {
    yield* innerOf(members[name]);
  }
  for (const name of ['AttributeUpdates', 'Expected', 'KeyConditions', 'QueryFilter', 'ScanFilter']) {
    for (const condition of innerOf(members[name]).filter(isObject)) {
      yield condition.Value;
      yield* innerOf(condition.AttributeValueList);
    }
  }
  for (const requests of innerOf(members.RequestItems)) {
    const keys = isObject(requests) ? innerOf(requests.Keys) : [];
    const writes = Array.isArray(requests) ? requests.flatMap(innerOf) : [];
    yield* keys.flatMap(innerOf);
    for (const write of writes.filter(isObject)) yield* valuesIn({ Item: write.Item, Key: write.Key });
  }
}

function innerOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
