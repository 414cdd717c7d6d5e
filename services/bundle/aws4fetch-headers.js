/**
 * What aws4fetch's signer uses of `Headers`. Node loads all of `fetch` with the global class, which takes longer than all
 * else that a function does for its first call.
 */
export class Headers extends Map {
  /** @param {Readonly<Record<string, string>>} headers */
  constructor(headers) {
    super();
    for (const [name, value] of Object.entries(headers)) this.set(name, value);
  }

  /**
   * @override
   * @param {string} name
   */
  get(name) {
    return super.get(name.toLowerCase()) ?? null;
  }

  /**
   * @override
   * @param {string} name
   */
  has(name) {
    return super.has(name.toLowerCase());
  }

  /**
   * @override
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    return super.set(name.toLowerCase(), value.trim());
  }

  /**
   * @override
   * @param {string} name
   */
  delete(name) {
    return super.delete(name.toLowerCase());
  }
}
