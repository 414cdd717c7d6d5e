/** Throws an error whose place in the bundle the tests look for. */
export function fail(event: unknown): never {
  throw new Error(`The event cannot be read: ${JSON.stringify(event)}`);
}
