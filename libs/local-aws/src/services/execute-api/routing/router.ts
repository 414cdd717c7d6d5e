import { endpointName } from '../../../core/aws-domains.ts';
import type { AwsRequest } from '../../../core/request.ts';
import type { DeployedApi, DeployedApis, DeployedMethod } from '../../apigateway/deployed-api.ts';

/** Which API and stage a request is addressed to. */
export interface Address {
  readonly apiId: string;
  readonly region: string;
  readonly stageName: string;
  /** What follows the stage or, at a custom domain, the base path, e.g. `/messages/1`; `/` if nothing does. As sent, but with one leading slash. */
  readonly path: string;
  /** The whole path as the request context shows it: `/dev/messages/1`. */
  readonly fullPath: string;
  /** Whether the host is a custom domain. */
  readonly isCustom: boolean;
  /** The VPC endpoint through which the request came. Its host name says so: `<apiId>-<endpoint>.execute-api.…`. */
  readonly vpcEndpointId?: string | undefined;
}

const ENDPOINT = /^([a-z0-9]{1,64})(?:-(vpce-[0-9a-f]{1,32}))?\.execute-api\.([a-z0-9-]{1,32})$/;

/**
 * Reads `https://<apiId>.execute-api.<region>.amazonaws.com/<stage>/<path>`, the same with `<apiId>-<VPC endpoint>`, or
 * `https://<custom domain>/<base path>/<path>`.
 * @returns `undefined` if the host is not an API's, or no base path matches
 */
export function addressOf(
  request: Pick<AwsRequest, 'host' | 'rawPath'>,
  apis: Pick<DeployedApis, 'findDomain'>,
): Address | undefined {
  const fullPath = `/${request.rawPath.replace(/^\/+/, '')}`;
  const [first, afterFirst] = splitPath(fullPath);
  const [, apiId, vpcEndpointId, region] = ENDPOINT.exec(endpointName(request.host) ?? '') ?? [];
  if (apiId !== undefined && region !== undefined) {
    return { apiId, region, stageName: first, path: afterFirst, fullPath, isCustom: false, vpcEndpointId };
  }
  const domain = apis.findDomain(hostnameOf(request));
  const mapped = domain?.mappings.get(first);
  const mapping = mapped ?? domain?.mappings.get('');
  if (domain === undefined || mapping === undefined) return undefined;
  const path = mapped === undefined ? fullPath : afterFirst;
  const base = { apiId: mapping.restApiId, region: domain.region, fullPath, isCustom: true };
  if (mapping.stageName !== undefined) return { ...base, stageName: mapping.stageName, path };
  const [stageName, rest] = splitPath(path);
  return { ...base, stageName, path: rest };
}

/** A request's host in lower case, without port. */
export function hostnameOf({ host }: Pick<AwsRequest, 'host'>): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** A path's first segment, and what follows. @example splitPath('/dev//a') // ['dev', '/a'] */
function splitPath(path: string): readonly [first: string, rest: string] {
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(path) ?? [];
  return [first, `/${rest.replace(/^\/+/, '')}`];
}

/** The resource and the method that answer a request. */
export interface RouteMatch {
  readonly resource: DeployedApi['resources'][number];
  readonly method: DeployedMethod;
  /** As sent: percent-encoding untouched, as API Gateway hands them on. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Finds the resource and method for a request. */
export type Router = (httpMethod: string, path: string) => RouteMatch | undefined;

/**
 * Makes the router of a deployed API. At each segment a literal wins over `{parameter}`, and that over `{proxy+}`. If the
 * better match has neither the method nor `ANY`, the next is tried. Slashes at the ends do not count. Percent-encoding is not
 * decoded. A path with dot segments matches nothing.
 */
export function createRouter(api: DeployedApi): Router {
  const candidates = api.resources.map(compile).sort((a, b) => a.rank.localeCompare(b.rank));
  return (httpMethod, path) => {
    const segments = segmentsOf(path);
    // A signature is the same for `/open` and `/files/../open`: such a path could reach a route that the caller did not sign.
    if (segments.includes('.') || segments.includes('..')) return undefined;
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

/** A path's segments, without slashes at its ends. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/');
  const isFull = (segment: string) => segment !== '';
  return segments.slice(segments.findIndex(isFull), segments.findLastIndex(isFull) + 1);
}

/** A path template as a pattern. In the order of `rank`, each candidate is better than those after it. */
function compile(resource: DeployedApi['resources'][number]) {
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
