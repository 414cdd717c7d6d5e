import { endpointName } from '../../../core/aws-domains.ts';
import type { AwsRequest } from '../../../core/request.ts';
import type { DomainName, DomainNames, Mapping } from '../../apigateway/domain-names.ts';
import type { HttpApiStore } from '../../apigatewayv2/store.ts';
import { DEFAULT_STAGE } from '../../apigatewayv2/store.ts';

/** The API, stage and path that a request is sent to. */
export interface Address {
  readonly apiId: string;
  readonly region: string;
  readonly stageName: string;
  /** The path after the stage or, at a custom domain, after the base path: `/messages/1`, or `/`. As sent, but with one leading slash. */
  readonly path: string;
  /** The whole path as the request context shows it: `/dev/messages/1`. */
  readonly fullPath: string;
  readonly isCustom: boolean;
  readonly basePath?: string;
  /** The VPC endpoint of the request, from the host name: `<apiId>-<endpoint>.execute-api.…`. */
  readonly vpcEndpointId?: string | undefined;
}

const ENDPOINT = /^([a-z0-9]{1,64})(?:-(vpce-[0-9a-f]{1,32}))?\.execute-api\.([a-z0-9-]{1,32})$/;

interface AddressBook {
  readonly apis: { readonly domainNames: Pick<DomainNames, 'byHost'> };
  readonly httpApis: Pick<HttpApiStore, 'stageNames'>;
}

/**
 * Reads `https://<apiId>.execute-api.<region>.amazonaws.com/<stage>/<path>`, the same with `<apiId>-<VPC endpoint>`, or
 * `https://<custom domain>/<base path>/<path>`. The stage `$default` of an HTTP API has no segment.
 * @returns `undefined` if the host is not an API's, or no base path matches
 */
export function addressOf(
  request: Pick<AwsRequest, 'host' | 'rawPath'>,
  { apis, httpApis }: AddressBook,
): Address | undefined {
  const fullPath = `/${request.rawPath.replace(/^\/+/, '')}`;
  const [, apiId, vpcEndpointId, region] = ENDPOINT.exec(endpointName(request.host) ?? '') ?? [];
  if (apiId !== undefined && region !== undefined) {
    const stage = stageIn(fullPath, httpApis.stageNames(apiId, region));
    return { apiId, region, ...stage, fullPath, isCustom: false, vpcEndpointId };
  }
  const domain = apis.domainNames.byHost(hostnameOf(request));
  const matched = domain && longestMapping(domain, fullPath);
  if (domain === undefined || matched === undefined) return undefined;
  const { mapping, basePath, path } = matched;
  const { stageName } = mapping;
  const stage = stageName === undefined ? stageIn(path, undefined) : { stageName, path };
  return { apiId: mapping.apiId, region: domain.region, ...stage, fullPath, isCustom: true, basePath };
}

/** @param httpStages the stages of an HTTP API; `undefined` for a REST API */
function stageIn(
  fullPath: string,
  httpStages: ReturnType<HttpApiStore['stageNames']>,
): Pick<Address, 'stageName' | 'path'> {
  const [stageName, path] = splitPath(fullPath);
  if (httpStages === undefined) return { stageName, path };
  const isNamed = stageName !== DEFAULT_STAGE && httpStages.has(stageName);
  return isNamed ? { stageName, path } : { stageName: DEFAULT_STAGE, path: fullPath };
}

/** Finds the mapping with the longest base path that a path starts with, and the rest of the path. */
function longestMapping({ mappings }: DomainName, fullPath: string) {
  let best: { readonly mapping: Mapping; readonly basePath: string; readonly path: string } | undefined;
  let basePath = '';
  let path = fullPath;
  for (;;) {
    const mapping = mappings.get(basePath);
    if (mapping !== undefined) best = { mapping, basePath, path };
    const [segment, rest] = splitPath(path);
    if (segment === '') return best;
    basePath = basePath === '' ? segment : `${basePath}/${segment}`;
    path = rest;
  }
}

/** A request's host in lower case, without port. */
export function hostnameOf({ host }: Pick<AwsRequest, 'host'>): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** A path's first segment, and the rest. @example splitPath('/dev//a') // ['dev', '/a'] */
function splitPath(path: string): readonly [first: string, rest: string] {
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(path) ?? [];
  return [first, `/${rest.replace(/^\/+/, '')}`];
}

/** A path of an API, with its methods or routes by HTTP method, or `ANY`. */
export interface RoutedPath<Method> {
  /** Only in REST APIs. */
  readonly id?: string;
  /** e.g. `/messages/{id}` */
  readonly path: string;
  readonly methods: ReadonlyMap<string, Method>;
}

/** The path and the method that match a request. */
export interface RouteMatch<Method> {
  readonly resource: RoutedPath<Method>;
  readonly method: Method;
  /** As sent: API Gateway does not decode percent-encoding. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Finds the path and method for a request. */
export type Router<Method> = (httpMethod: string, path: string) => RouteMatch<Method> | undefined;

/**
 * Makes the router of a deployed API. At each segment, a literal wins over `{parameter}`, and `{parameter}` over `{proxy+}`. A path
 * without the method or `ANY` is skipped. Ignores slashes at the ends. Does not decode paths. Paths with dot segments match nothing.
 */
export function createRouter<Method>(paths: readonly RoutedPath<Method>[]): Router<Method> {
  const candidates = paths.map(compile).sort((a, b) => a.rank.localeCompare(b.rank));
  return (httpMethod, path) => {
    const segments = segmentsOf(path);
    if (hasDotSegments(segments)) return undefined;
    const trimmed = segments.join('/');
    for (const { resource, pattern, names } of candidates) {
      const method = resource.methods.get(httpMethod) ?? resource.methods.get('ANY');
      const values = method && pattern.exec(trimmed)?.slice(1);
      if (method === undefined || values === undefined) continue;
      const pathParameters = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
      return { resource, method, pathParameters };
    }
    return undefined;
  };
}

/** Whether a path has dot segments. They could reach a route that is not signed: `/open` and `/files/../open` have one signature. */
export function hasDotSegments(segments: readonly string[]): boolean {
  return segments.includes('.') || segments.includes('..');
}

/** A path's segments, without slashes at its ends. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/');
  const isFull = (segment: string) => segment !== '';
  return segments.slice(segments.findIndex(isFull), segments.findLastIndex(isFull) + 1);
}

/** Compiles a path template to a pattern. Candidates with a lower `rank` match first. */
function compile<Path extends { readonly path: string }>(resource: Path) {
  const names: string[] = [];
  let rank = '';
  const patterns = segmentsOf(resource.path).map((segment) => {
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? [];
    if (name === undefined) {
      rank += '0';
      return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    }
    names.push(name);
    rank += greedy ? '2' : '1';
    return greedy ? '(.+)' : '([^/]+)';
  });
  return { resource, names, rank, pattern: new RegExp(`^${patterns.join('/')}$`, 's') };
}
