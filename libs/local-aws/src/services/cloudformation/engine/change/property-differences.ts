import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../../../core/is-object.ts';

/** A difference of a resource from its template, as CloudFormation shows it. */
export interface PropertyDifference {
  /** A JSON pointer. @example '/Environment/Variables/TABLE' */
  readonly PropertyPath: string;
  readonly ExpectedValue: string;
  readonly ActualValue: string;
  readonly DifferenceType: 'ADD' | 'REMOVE' | 'NOT_EQUAL';
}

/**
 * The smallest parts in which live properties differ from the expected ones. A list with the same items in another order differs as a whole.
 * @param show writes a value, without what is secret; `null` for an absent one
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_PropertyDifference.html
 */
export function propertyDifferences(
  expected: unknown,
  actual: unknown,
  show: (value: unknown) => string,
  PropertyPath = '',
): readonly PropertyDifference[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  const at = (name: string | number) => `${PropertyPath}/${pointerPart(`${name}`)}`;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const [lost, added] = [without(expected, actual), without(actual, expected)];
    if (lost.size + added.size === 0) return [differenceOf(expected, actual, show, PropertyPath)];
    const places = [...new Set([...lost.keys(), ...added.keys()])].toSorted((a, b) => a - b);
    return places.flatMap((index) => propertyDifferences(lost.get(index), added.get(index), show, at(index)));
  }
  if (isObject(expected) && isObject(actual)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return names.flatMap((name) => propertyDifferences(expected[name], actual[name], show, at(name)));
  }
  return [differenceOf(expected, actual, show, PropertyPath)];
}

function differenceOf(
  expected: unknown,
  actual: unknown,
  show: (value: unknown) => string,
  PropertyPath: string,
): PropertyDifference {
  return {
    PropertyPath,
    ExpectedValue: show(expected),
    ActualValue: show(actual),
    DifferenceType: expected === undefined ? 'ADD' : actual === undefined ? 'REMOVE' : 'NOT_EQUAL',
  };
}

/** The items of a list that another one lacks, by index. */
function without(some: readonly unknown[], others: readonly unknown[]): ReadonlyMap<number, unknown> {
  const left = [...others];
  return new Map(
    some.flatMap((item, index) => {
      const place = left.findIndex((other) => isDeepStrictEqual(item, other));
      if (place < 0) return [[index, item] as const];
      left.splice(place, 1);
      return [];
    }),
  );
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-3 */
function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
