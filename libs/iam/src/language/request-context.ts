/** The condition keys of a request: names in any case, values unchanged. */
export interface RequestContext {
  /** Returns `undefined` if the key is absent or has an empty list of values: IAM calls both null. */
  get(key: string): string | readonly string[] | undefined;
}

/** Makes condition keys available in any case. Uses a Map, because clients choose the names of tags. */
export function requestContext(values: Readonly<Record<string, string | readonly string[]>>): RequestContext {
  const keys = new Map<string, string | readonly string[]>();
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'string' || value.length > 0) keys.set(key.toLowerCase(), value);
  }
  return { get: (key) => keys.get(key.toLowerCase()) };
}
