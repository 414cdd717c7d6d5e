/**
 * A path that would lead out of the base URL, or that servers and proxies may read in different ways. Refused before
 * anything is signed, so that input which reaches a path can never turn a signed request to another place.
 */
export class InvalidPath extends TypeError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(InvalidPath.prototype, 'name', { value: 'InvalidPath' });
  }
  declare readonly name: 'InvalidPath';
  readonly code = 'InvalidPath';

  /**
   * @param path as given; shown shortened, and without its query
   * @param rule what is wrong with it and what to do instead
   */
  constructor(path: unknown, rule: string) {
    const shown = typeof path === 'string' ? JSON.stringify(shorten(path)) : `of type ${typeof path}`;
    super(`signedFetch: the path ${shown} ${rule}`);
  }
}

function shorten(path: string): string {
  const [start = ''] = path.split('?', 1);
  return start.length > 100 ? `${start.slice(0, 100)}…` : start;
}
