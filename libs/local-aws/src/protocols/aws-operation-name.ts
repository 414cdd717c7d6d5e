import { awsRoutes } from './aws-routes.ts';
import { compileTemplate } from './path-template.ts';

interface AwsRoute {
  readonly name: string;
  matches(method: string, path: string): boolean;
  readonly markers: readonly string[];
}

const routes = new Map<string, readonly AwsRoute[]>();

/**
 * AWS's name for the operation that a request means, whether or not local AWS has it.
 * @param service signing name; only services with a REST protocol are known
 * @param markers query parameters (see {@link queryMarkers}), and `copy` for the header `x-amz-copy-source`
 * @returns `undefined` if AWS has no such operation
 * @example awsOperationName('lambda', 'GET', '/2015-03-31/event-source-mappings', new Set()) // 'ListEventSourceMappings'
 */
export function awsOperationName(
  service: string,
  method: string,
  path: string,
  markers: ReadonlySet<string>,
): string | undefined {
  const known = routes.get(service) ?? parseRoutes(awsRoutes[service] ?? '');
  routes.set(service, known);
  return known
    .filter((route) => route.markers.every((marker) => markers.has(marker)))
    .filter((route) => route.matches(method, path))
    .sort((a, b) => b.markers.length - a.markers.length)[0]?.name;
}

/** The query parameters of a request as they mark an operation: `list-type`, and `list-type=2`. */
export function queryMarkers(query: URLSearchParams): Set<string> {
  return new Set([...query].flatMap(([name, value]) => [name, `${name}=${value}`]));
}

function parseRoutes(table: string): readonly AwsRoute[] {
  const rows = table.split('\n').filter((row) => row !== '');
  return rows.map((row) => {
    const [name = '', method = '', template = '', ...markers] = row.split(' ');
    const match = compileTemplate(`${method} ${template}`);
    return { name, markers, matches: (...request) => match(...request) !== undefined };
  });
}
