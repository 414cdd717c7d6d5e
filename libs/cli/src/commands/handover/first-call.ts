import { type ApiOperation, fillPath } from '../../project/contract.ts';

/** The first call that a caller's team makes. */
export interface FirstCall {
  readonly method: string;
  /** @example '/messages/{id}' */
  readonly path: string;
  /** Example values of the path parameters. The team replaces them. */
  readonly pathParameters: Readonly<Record<string, unknown>>;
  /** Example values of the query parameters. */
  readonly query: Readonly<Record<string, unknown>> | undefined;
  /** Example values of the headers, with the media type of a body that is not JSON. Default: none. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** `undefined`: the route takes no body. */
  readonly body: unknown;
  /** Whether the API executes a request that is repeated with its `Idempotency-Key` once. */
  readonly takesKey: boolean;
}

/**
 * Chooses the first call: if possible, one that changes nothing and needs no existing resource.
 * @param routes e.g. `['GET /messages/{id}', 'GET /whoami']`
 * @param operations of the contract, whose examples fill in the parameters
 */
export function firstCallOf(routes: readonly string[], operations: readonly ApiOperation[]): FirstCall {
  const [route = ''] = routes.toSorted((a, b) => rankOf(a) - rankOf(b));
  const [method = '', granted = ''] = route.split(' ');
  const ofMethod = operations.filter((each) => each.method === method);
  const operation =
    ofMethod.find(({ path }) => path === granted) ?? ofMethod.find(({ path }) => fits(path, granted));
  const { pathParameters = {}, query = {}, headers = {}, body } = operation?.example ?? {};
  // A pattern in the place of a parameter.
  const path = operation !== undefined && granted.includes('*') ? operation.path : granted;
  const names = [...path.matchAll(PARAMETER)].map(([, name = '']) => name);
  const isText = operation?.takesBody === true && !/[/+]json$/.test(operation.mediaType ?? '/json');
  const takesBody = operation?.takesBody ?? ['POST', 'PUT', 'PATCH'].includes(method);
  return {
    method,
    path,
    pathParameters: Object.fromEntries(names.map((name) => [name, pathParameters[name] ?? name])),
    query: Object.keys(query).length === 0 ? undefined : query,
    headers: { ...headers, ...(isText && { 'Content-Type': operation?.mediaType }) },
    body: takesBody ? (body ?? {}) : undefined,
    takesKey: operation?.takesKey ?? false,
  };
}

/** Whether a path of the contract is one that a pattern grants. */
function fits(path: string, granted: string): boolean {
  const [segments, patterns] = [path.split('/'), granted.split('/')];
  return (
    segments.length === patterns.length &&
    segments.every((segment, index) => segment === patterns[index] || segment.startsWith('{'))
  );
}

function rankOf(route: string): number {
  if (!route.startsWith('GET ')) return 2;
  return route.includes('{') ? 1 : 0;
}

/** The call as arguments of a program in a shell: `GET '/messages/1?fields=body'`. */
export function argumentsOf({ method, path, pathParameters, query = {}, body }: FirstCall): string {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, String(one)]),
    ),
  ).toString();
  const url = fillPath(path, pathParameters) + (parameters && `?${parameters}`);
  return [
    method,
    url,
    ...(body === undefined ? [] : [typeof body === 'string' ? body : JSON.stringify(body)]),
  ]
    .map(quote)
    .join(' ');
}

function quote(text: string): string {
  return /^[\w/.~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The call as code, with the path parameters as a constant: `api.json('/whoami', { method: 'GET' })`. */
export function codeOfCall({ method, path, pathParameters, query, headers = {}, body, takesKey }: FirstCall) {
  const options = [
    `method: '${method}'`,
    ...(query === undefined ? [] : [`query: ${literal(query)}`]),
    ...(Object.keys(headers).length === 0 ? [] : [`headers: ${literal(headers)}`]),
    ...(body === undefined ? [] : [`${'Content-Type' in headers ? 'body' : 'json'}: ${literal(body)}`]),
    ...(takesKey ? ['idempotencyKey: true'] : []),
  ];
  const isPlain = Object.keys(pathParameters).length === 0;
  const value = (name: string) =>
    IDENTIFIER.test(name) ? `parameters.${name}` : `parameters[${literal(name)}]`;
  const template = path.replaceAll(PARAMETER, (_, name: string) => `\${encodeURIComponent(${value(name)})}`);
  return {
    constants: isPlain
      ? ''
      : `// Examples: put values of your own there.\nconst parameters = ${literal(pathParameters)};\n`,
    call: `api.json(${isPlain ? literal(path) : `\`${template}\``}, { ${options.join(', ')} })`,
  };
}

/** The call as code of openapi-fetch, whose client has the types of the OpenAPI document: `client.GET('/whoami')`. */
export function typedCodeOfCall(call: FirstCall): string {
  const { method, path, pathParameters, query, headers = {}, body, takesKey } = call;
  const { 'Content-Type': mediaType, ...others } = headers;
  const header = [
    ...Object.entries(others).map(([name, value]) => `${nameOf(name)}: ${literal(value)}`),
    ...(takesKey ? ["'Idempotency-Key': crypto.randomUUID()"] : []),
  ];
  const params = [
    ...(Object.keys(pathParameters).length === 0 ? [] : [`path: ${literal(pathParameters)}`]),
    ...(query === undefined ? [] : [`query: ${literal(query)}`]),
    ...(header.length === 0 ? [] : [`header: { ${header.join(', ')} }`]),
  ];
  const options = [
    ...(params.length === 0 ? [] : [`params: { ${params.join(', ')} }`]),
    ...(body === undefined ? [] : [`body: ${literal(body)}`]),
    ...(mediaType === undefined
      ? []
      : [`bodySerializer: String, headers: { 'Content-Type': ${literal(mediaType)} }`]),
  ];
  return `client.${method}(${literal(path)}${options.length === 0 ? '' : `, { ${options.join(', ')} }`})`;
}

const nameOf = (name: string) => (IDENTIFIER.test(name) ? name : literal(name));

const IDENTIFIER = /^[a-z_$][\w$]*$/i;
const PARAMETER = /\{([^{}]+)\}/g;

/** A JSON value as a literal of this project's style: `{ foo: 'bar' }`. */
function literal(value: unknown): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([name, member]) => `${nameOf(name)}: ${literal(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
