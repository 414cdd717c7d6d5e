/** An object whose possibly `undefined` members are optional instead. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

/**
 * Leaves out the members that are `undefined`, as `exactOptionalPropertyTypes` requires.
 * @example defined({ name: 'a', path: undefined }) // { name: 'a' }
 */
export function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
