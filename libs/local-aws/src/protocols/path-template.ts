import { AwsError } from '../core/errors.ts';

/**
 * Compiles `METHOD /path/{Label}/{Rest+}` to a matcher that returns the labels, or `undefined`.
 * @example compileTemplate('GET /restapis/{restApiId}')('GET', '/restapis/abc') // { restApiId: 'abc' }
 */
export function compileTemplate(
  http: string,
): (method: string, rawPath: string) => Record<string, string> | undefined {
  const [method, template = ''] = http.split(' ', 2);
  const pattern = template
    .split('/')
    .map((segment) => {
      const label = /^\{(\w+)(\+?)\}$/.exec(segment);
      if (label === null) return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return label[2] === '+' ? `(?<${label[1]}>.+)` : `(?<${label[1]}>[^/]+)`;
    })
    .join('/');
  const expression = new RegExp(`^${pattern}/?$`);
  return (requestMethod, rawPath) => {
    if (requestMethod !== method) return undefined;
    const match = expression.exec(rawPath);
    if (match === null) return undefined;
    const labels: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(match.groups ?? {})) {
      try {
        labels[name] = decodeURIComponent(value);
      } catch {
        throw new AwsError(
          'BadRequestException',
          `The path ${rawPath.slice(0, 200)} is not percent-encoded.`,
        );
      }
    }
    return labels;
  };
}
