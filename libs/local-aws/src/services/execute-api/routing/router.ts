import type { DeployedApi, DeployedMethod, DeployedResource } from '../../apigateway/deployed-api.ts';

/** Where a path and a method lead. */
export interface RouteMatch {
  readonly resource: DeployedResource;
  readonly method: DeployedMethod;
  /** As sent: percent-encoding untouched, as API Gateway hands them on. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Finds the resource and method for a request. */
export type Router = (httpMethod: string, path: string) => RouteMatch | undefined;

interface Node {
  resource?: DeployedResource;
  readonly children: Map<string, Node>;
  parameter?: { readonly name: string; readonly node: Node };
  greedy?: { readonly name: string; readonly node: Node };
}

const MAX_SEGMENTS = 200;

/**
 * Makes the router of a deployed API. At each segment a literal wins over `{parameter}`, that over `{proxy+}`; where the
 * better match has neither the method nor `ANY`, the next is tried, as on AWS. Leading and trailing slashes count for
 * nothing, letters' case does, and a percent-encoded character is not the character itself. Nothing is found for a path
 * with dot segments, which clients resolve before they send it.
 */
export function createRouter(api: DeployedApi): Router {
  const root = newNode();
  for (const resource of api.resources) insert(root, resource);
  return (httpMethod, path) => {
    const segments = segmentsOf(path);
    // A signature is the same for `/open` and `/files/../open`: such a path would lead to a route that nobody signed.
    if (segments.length > MAX_SEGMENTS || segments.some(isDotSegment)) return undefined;
    return find(root, httpMethod, segments, 0, []);
  };
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..';
}

function newNode(): Node {
  return { children: new Map() };
}

function segmentsOf(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path[start] === '/') start += 1;
  while (end > start && path[end - 1] === '/') end -= 1;
  return start === end ? [] : path.slice(start, end).split('/');
}

function insert(root: Node, resource: DeployedResource): void {
  let node = root;
  for (const segment of segmentsOf(resource.path)) node = descend(node, segment);
  node.resource = resource;
}

function descend(node: Node, segment: string): Node {
  const name = /^\{(.+?)(\+?)\}$/.exec(segment);
  if (name === null) {
    const child = node.children.get(segment) ?? newNode();
    node.children.set(segment, child);
    return child;
  }
  const kind = name[2] === '+' ? 'greedy' : 'parameter';
  const present = node[kind] ?? { name: name[1] ?? '', node: newNode() };
  node[kind] = present;
  return present.node;
}

type Captured = readonly (readonly [name: string, value: string])[];

function find(
  node: Node,
  httpMethod: string,
  segments: readonly string[],
  index: number,
  captured: Captured,
): RouteMatch | undefined {
  const segment = segments[index];
  if (segment === undefined) return matchAt(node, httpMethod, captured);
  const literal = node.children.get(segment);
  if (literal !== undefined) {
    const match = find(literal, httpMethod, segments, index + 1, captured);
    if (match !== undefined) return match;
  }
  if (node.parameter !== undefined && segment !== '') {
    const { name, node: next } = node.parameter;
    const match = find(next, httpMethod, segments, index + 1, [...captured, [name, segment]]);
    if (match !== undefined) return match;
  }
  if (node.greedy === undefined) return undefined;
  const rest = segments.slice(index).join('/');
  return matchAt(node.greedy.node, httpMethod, [...captured, [node.greedy.name, rest]]);
}

function matchAt(node: Node, httpMethod: string, captured: Captured): RouteMatch | undefined {
  const { resource } = node;
  const method = resource?.methods.get(httpMethod) ?? resource?.methods.get('ANY');
  if (resource === undefined || method === undefined) return undefined;
  return { resource, method, pathParameters: Object.fromEntries(captured) };
}
