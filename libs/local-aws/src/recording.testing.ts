import type * as v from 'valibot';
import { schemaOptions, schemaView } from './core/schema-view.ts';
import { marksOf } from './protocols/without-effect.ts';

/* Records which members of an input the code reads. */

/** The paths of the members that were read, without positions in lists: `Tags.Key`. */
export type Reads = Set<string>;

interface Recording {
  readonly target: object;
  readonly path: string;
  readonly reads: Reads;
}

const recordings = new WeakMap<object, Recording>();

/**
 * Wraps a value: each read of a member, at any depth, is recorded. A copy is no read, also by `{ ...value }`, `Object.entries` and
 * `JSON.stringify`: it says nothing about the use of a member. Structures in a copy are still recorded.
 */
export function recorded<Value>(value: Value, reads: Reads, path = ''): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (![Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value))) return value;
  /** Members whose descriptor was asked for: their next read belongs to a copy. */
  const copying = new Set<string | symbol>();
  const proxy: object = new Proxy(value, {
    getOwnPropertyDescriptor(target, key) {
      copying.add(key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    get(target, key) {
      // JSON.stringify asks for it first, and then reads every item of lists.
      if (key === 'toJSON') return () => target;
      const inner: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return inner;
      const own = Array.isArray(target) ? path : join(path, key);
      if (!copying.delete(key)) addRead(reads, own);
      return recorded(inner, reads, own);
    },
  });
  recordings.set(proxy, { target: value, path, reads });
  return proxy as Value;
}

/** Records a read of a member and of the structures around it. */
function addRead(reads: Reads, path: string): void {
  const names = path.split('.');
  for (let length = names.length; length > 0; length -= 1) reads.add(names.slice(0, length).join('.'));
}

/** Renames the members of a recorded object. The reads keep the first names. */
export function renamed(proxy: object, rename: (properties: object) => object): object {
  const recording = recordings.get(proxy);
  if (recording === undefined) return rename(proxy);
  const { target, path, reads } = recording;
  const names = new Map(
    Object.keys(target).map((name) => [Object.keys(rename({ [name]: 1 }))[0] ?? name, name]),
  );
  return new Proxy(rename(target), {
    get(renamedTarget, key) {
      const inner: unknown = Reflect.get(renamedTarget, key);
      if (typeof key !== 'string' || !Object.hasOwn(renamedTarget, key)) return inner;
      const own = join(path, names.get(key) ?? key);
      addRead(reads, own);
      return recorded(inner, reads, own);
    },
  });
}

/** Makes a schema give recorded values. */
export function recordReads(schema: v.GenericSchema): Reads {
  const reads: Reads = new Set();
  const run = schema['~run'].bind(schema);
  Object.assign(schema, {
    '~run'(...parameters: Parameters<typeof run>) {
      const result = run(...parameters);
      return result.typed ? { ...result, value: recorded(result.value, reads) } : result;
    },
  });
  return reads;
}

/** The members that a schema declares, except those that are marked as without effect and those with only one possible value. */
export function effectiveMembers(schema: v.GenericSchema): string[] {
  const marked = new Set(marksOf(schema).map(({ path }) => path));
  return [...new Set(membersOf(schema, '', marked))];
}

function membersOf(schema: v.GenericSchema, path: string, marked: ReadonlySet<string>): string[] {
  if (marked.has(path)) return [];
  const view = schemaView(schema);
  const { type, wrapped, item, items = [], value, entries = {}, options = [] } = view;
  if (wrapped !== undefined) return membersOf(wrapped, path, marked);
  // Another value is refused.
  if (['literal', 'never'].includes(type) || (type === 'picklist' && options.length === 1)) return [];
  const within = [
    ...(item === undefined ? [] : membersOf(item, path, marked)),
    ...items.flatMap((each) => membersOf(each, path, marked)),
    ...schemaOptions(view).flatMap((option) => membersOf(option, path, marked)),
    ...(type === 'record' && value !== undefined ? membersOf(value, join(path, '*'), marked) : []),
    ...Object.entries(entries).flatMap(([name, member]) => membersOf(member, join(path, name), marked)),
  ].filter((name) => !name.endsWith('*'));
  const hasMembers = (one: v.GenericSchema): boolean => {
    const { wrapped: inner, item: each, items: list = [], entries: own = {} } = schemaView(one);
    if (inner !== undefined || each !== undefined) return hasMembers((inner ?? each) as v.GenericSchema);
    return Object.keys(own).length + list.length > 0;
  };
  // A structure of which nothing has an effect needs no reader either.
  return path === '' || (hasMembers(schema) && within.length === 0) ? within : [path, ...within];
}

/** The declared members that no code has read. Structures in API Gateway's spelling have the first letter in lower case. */
export function unread(schema: v.GenericSchema, reads: Reads): string[] {
  const normalized = new Set([...reads].map(uncapitalized));
  return effectiveMembers(schema).filter((path) => {
    if (!path.includes('*')) return !normalized.has(uncapitalized(path));
    const pattern = new RegExp(`^${uncapitalized(path).replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
    return ![...normalized].some((one) => pattern.test(one));
  });
}

const uncapitalized = (path: string) => path.replaceAll(/(^|\.)[A-Z]/g, (letter) => letter.toLowerCase());
const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
