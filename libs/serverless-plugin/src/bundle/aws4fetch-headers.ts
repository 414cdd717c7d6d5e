const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const FORBIDDEN = /[\0\r\n]|[^\0-\xff]/;

/**
 * The standard class `Headers`, without the rest of Node's `fetch`. A bundle gives it to aws4fetch.
 * @see https://fetch.spec.whatwg.org/#headers-class
 */
export class Headers implements Iterable<[string, string]> {
  /** Values by their lower-case name. Only `set-cookie` keeps them separate. */
  readonly #values = new Map<string, string[]>();

  constructor(init: object = {}) {
    const entries = Symbol.iterator in init ? (init as Iterable<Iterable<string>>) : Object.entries(init);
    for (const entry of entries) {
      const pair = [...entry];
      if (pair.length !== 2) throw new TypeError('A header must be a pair of a name and a value.');
      this.append(...(pair as [string, string]));
    }
  }

  append(name: string, value: string): void {
    const key = readName(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), readValue(value)]);
  }

  set(name: string, value: string): void {
    this.#values.set(readName(name), [readValue(value)]);
  }

  get(name: string): string | null {
    const key = readName(name);
    return this.#values.get(key)?.join(key === 'cookie' ? '; ' : ', ') ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(readName(name));
  }

  delete(name: string): void {
    this.#values.delete(readName(name));
  }

  getSetCookie(): string[] {
    return [...(this.#values.get('set-cookie') ?? [])];
  }

  *entries(): Generator<[name: string, value: string]> {
    for (const name of [...this.#values.keys()].sort()) {
      if (name === 'set-cookie') for (const cookie of this.getSetCookie()) yield [name, cookie];
      else yield [name, this.get(name) ?? ''];
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.entries()) callback.call(self, value, name, this);
  }

  [Symbol.iterator](): Generator<[name: string, value: string]> {
    return this.entries();
  }
}

function readName(name: unknown): string {
  const text = `${name}`;
  if (!TOKEN.test(text)) throw new TypeError(`${JSON.stringify(text)} is not a header name.`);
  return text.toLowerCase();
}

/** Returns a value without white space around it. The error does not show the value, which may be secret. */
function readValue(value: unknown): string {
  const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (FORBIDDEN.test(text)) throw new TypeError('A header value has a character that HTTP does not allow.');
  return text;
}
