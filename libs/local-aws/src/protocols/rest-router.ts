import { operationRoutes } from '@cross-account-api/iam/aws';
import { type AwsError, notImplemented } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import type { Service } from './endpoint.ts';

/**
 * Makes the function that finds the operation of a request: of those with its method and path, the one with the most markers.
 * AWS's routes give the names of operations that local AWS does not have. @throws AwsError for these
 */
export function createRestRouter(service: Service & { readonly invalidPath: (rawPath: string) => AwsError }) {
  const { model = service.signingName } = service;
  let compiled: ReturnType<typeof compileRoutes> | undefined;
  return (request: AwsRequest, rawPath: string) => {
    compiled ??= compileRoutes(service, model);
    const { own, aws, names } = compiled;
    const markers = markersOf(request);
    const found = bestMatch(own, request.method, rawPath, markers);
    const meant = bestMatch(aws, request.method, rawPath, markers)?.route.name;
    if (found === undefined || (meant !== undefined && !names.has(meant))) {
      throw notImplemented(model, meant ?? `${request.method} ${rawPath}`);
    }
    try {
      const labels = Object.entries(found.labels).map(([name, value]): [string, string] => [
        name,
        decodeURIComponent(value),
      ]);
      const { operation, http, template } = found.route;
      return { operation, http, markers: template.markers, labels: Object.fromEntries(labels) };
    } catch {
      throw service.invalidPath(rawPath);
    }
  };
}

/** Compiles all routes of a service. It takes a while, so the first request does it. */
function compileRoutes({ operations }: Service, model: string) {
  const own = operations.map((operation) => {
    const { http, name } = operation;
    if (http === undefined) throw new Error(`The operation ${name} has no path.`);
    return { operation, http, template: compileTemplate(http.template) };
  });
  const aws = Object.entries(operationRoutes).flatMap(([name, rows]) =>
    name === model ? rows.flatMap(parseRoutes) : [],
  );
  return { own, aws, names: new Set(operations.map(({ name }) => name)) };
}

/** The markers that tell operations of one path apart: query parameters (`uploads`, `list-type=2`) and `x-amz-` headers. */
function markersOf({ rawQuery, headers }: AwsRequest): ReadonlySet<string> {
  const parameters = [...new URLSearchParams(rawQuery)];
  return new Set([
    ...parameters.flatMap(([name, value]) => [name, `${name}=${value}`]),
    ...headers.map(([name]) => name).filter((name) => name.startsWith('x-amz-')),
  ]);
}

interface PathTemplate {
  /** Markers that a request must also have: see {@link markersOf}. */
  readonly markers: readonly string[];
  /** The labels of a path, percent-encoded as sent; `undefined` if method or path do not match. */
  match(method: string, rawPath: string): Readonly<Record<string, string>> | undefined;
}

/**
 * Compiles a template as AWS's models write it: a label takes one segment, `{Label+}` the rest of the path.
 * @example compileTemplate('GET /apis/{id}').match('GET', '/apis/abc') // { id: 'abc' }
 */
export function compileTemplate(http: string): PathTemplate {
  const [method, path = '', query = ''] = http.split(/[ ?]/);
  const pattern = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)(\\\+)?\}/g, (_, label, rest) => `(?<${label}>${rest ? '.' : '[^/]'}+)`);
  const expression = new RegExp(`^${pattern}/?$`);
  return {
    markers: query.split('&').filter((marker) => marker !== ''),
    match(requestMethod, rawPath) {
      const match = requestMethod === method ? expression.exec(rawPath) : null;
      return match === null ? undefined : { ...match.groups };
    },
  };
}

function bestMatch<Route extends { readonly template: PathTemplate }>(
  routes: readonly Route[],
  method: string,
  rawPath: string,
  markers: ReadonlySet<string>,
): { readonly route: Route; readonly labels: Readonly<Record<string, string>> } | undefined {
  let best: { route: Route; labels: Readonly<Record<string, string>> } | undefined;
  for (const route of routes) {
    const { template } = route;
    const isBetter = best === undefined || template.markers.length > best.route.template.markers.length;
    if (!isBetter || !template.markers.every((marker) => markers.has(marker))) continue;
    const labels = template.match(method, rawPath);
    if (labels !== undefined) best = { route, labels };
  }
  return best;
}

/** @param row a path, then each method with the name of its operation: `/account GET GetAccount PATCH UpdateAccount` */
function parseRoutes(row: string) {
  const [path = ''] = row.split(' ', 1);
  return [...row.matchAll(/ ([A-Z]+) (\w+)/g)].map(([, method, name = '']) => ({
    name,
    template: compileTemplate(`${method} ${path}`),
  }));
}
