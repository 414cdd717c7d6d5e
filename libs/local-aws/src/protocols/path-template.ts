/** A compiled path template. */
export interface PathTemplate {
  /** What a request must have besides method and path: see {@link markersOf}. */
  readonly markers: readonly string[];
  /** The labels of a path, percent-encoded as they came; `undefined` if method or path do not match. */
  match(method: string, rawPath: string): Readonly<Record<string, string>> | undefined;
}

/**
 * Compiles a template as AWS's models write it: a label takes one segment, `{Label+}` the rest of the path.
 * @example compileTemplate('GET /restapis/{restApiId}').match('GET', '/restapis/abc') // { restApiId: 'abc' }
 * @example compileTemplate('GET /{Bucket}?list-type=2').markers // ['list-type=2']
 */
export function compileTemplate(http: string): PathTemplate {
  const [method, uri = ''] = http.split(' ', 2);
  const [path = '', query = ''] = uri.split('?', 2);
  const pattern = path
    .split('/')
    .map((segment) => {
      const label = /^\{(\w+)(\+?)\}$/.exec(segment);
      if (label === null) return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return label[2] === '+' ? `(?<${label[1]}>.+)` : `(?<${label[1]}>[^/]+)`;
    })
    .join('/');
  const expression = new RegExp(`^${pattern}/?$`);
  return {
    markers: query.split('&').filter((marker) => marker !== ''),
    match(requestMethod, rawPath) {
      if (requestMethod !== method) return undefined;
      const match = expression.exec(rawPath);
      return match === null ? undefined : { ...match.groups };
    },
  };
}
