/**
 * Finds the numbers of a parsed JSON text that are too large for JavaScript: `JSON.parse` makes `Infinity` of `1e999`, and
 * `JSON.stringify` makes `null` of that. It does not recurse, so that deep nesting cannot overflow the stack.
 * @returns their dotted paths
 * @example largeNumbers(JSON.parse('{"a":[1,1e999]}')) // ['a.1']
 */
export function largeNumbers(json: unknown): string[] {
  const found: string[] = [];
  const pending: Place[] = [{ value: json }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { value } = place;
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) found.push(pathOf(place));
    if (typeof value !== 'object' || value === null) continue;
    // From the last to the first: the stack returns the last that is pushed.
    for (const [key, child] of Object.entries(value).reverse()) {
      if (typeof child === 'object' || typeof child === 'number') {
        pending.push({ key, value: child, parent: place });
      }
    }
  }
  return found;
}

interface Place {
  readonly value: unknown;
  readonly key?: string;
  readonly parent?: Place;
}

function pathOf(place: Place): string {
  const keys: string[] = [];
  for (let at: Place | undefined = place; at?.key !== undefined; at = at.parent) keys.push(at.key);
  return keys.reverse().join('.');
}
