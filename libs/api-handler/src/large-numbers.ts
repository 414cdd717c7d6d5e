/**
 * Finds the numbers of a parsed JSON text that are too large for JavaScript: `JSON.parse` makes `Infinity` of `1e999`, and
 * `JSON.stringify` makes `null` of that. It does not recurse, so that deep nesting cannot overflow the stack.
 * @param most how many are searched for: each path of a deeply nested number is long
 * @returns their dotted paths, in the order of the text
 * @example largeNumbers(JSON.parse('{"a":[1,1e999]}'), 20) // ['a.1']
 */
export function largeNumbers(json: unknown, most: number): string[] {
  const found: string[] = [];
  /** The values that are being searched, outermost first. A list of all values would take many times the memory of the text. */
  const open = [childrenOf([json])];
  for (let innermost = open.at(-1); innermost !== undefined && found.length < most; innermost = open.at(-1)) {
    const value = innermost.next();
    if (value === END) open.pop();
    else if (typeof value === 'object' && value !== null) open.push(childrenOf(value));
    else if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      // The outermost key is that of the list around the value.
      const keys = open.slice(1).map(({ key }) => key());
      found.push(keys.join('.'));
    }
  }
  return found;
}

const END = Symbol('end');

/** Goes through the values of an object or array. Without `Object.entries`, which makes an array of each pair. */
function childrenOf(parent: object) {
  const keys = Array.isArray(parent) ? undefined : Object.keys(parent);
  const values = Array.isArray(parent) ? parent : undefined;
  const length = keys?.length ?? values?.length ?? 0;
  let index = -1;
  const key = () => keys?.[index] ?? String(index);
  return {
    /** The key of the current value. */
    key,
    /** Returns the next value; `END` after the last. */
    next: (): unknown => {
      index += 1;
      if (index >= length) return END;
      return values === undefined ? Reflect.get(parent, key()) : values[index];
    },
  };
}
