import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { findRoute } from '../call/find-route.ts';
import { callOf } from '../call-of.ts';
import { ProjectNotFound, projectRoot } from './project.ts';

/** The request header with which the API executes a request once. */
export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';

const parameter = v.looseObject({
  name: v.string(),
  in: v.string(),
  required: v.optional(v.boolean()),
  example: v.optional(v.unknown()),
});
const media = v.looseObject({ example: v.optional(v.unknown()) });
const operation = v.looseObject({
  operationId: v.string(),
  parameters: v.optional(v.array(parameter), []),
  requestBody: v.optional(v.looseObject({ content: v.record(v.string(), media) })),
  responses: v.optional(v.record(v.string(), v.unknown()), {}),
});
const openApi = v.looseObject({
  info: v.looseObject({ version: v.string() }),
  paths: v.record(v.string(), v.record(v.string(), operation)),
  components: v.optional(
    v.looseObject({ schemas: v.optional(v.record(v.string(), v.looseObject({})), {}) }),
    {},
  ),
});

/** The parts of a contract's OpenAPI document that the commands read. */
export type OpenApiDocument = v.InferOutput<typeof openApi>;

/** A route of an API, with examples. */
export interface ApiOperation {
  /** In upper case. */
  readonly method: string;
  /** @example '/messages/{id}' */
  readonly path: string;
  /** Whether a request has a body. */
  readonly takesBody: boolean;
  /** The media type of the body. Default: `application/json`. */
  readonly mediaType?: string;
  /** Whether the API honours the header {@link IDEMPOTENCY_KEY_HEADER}. */
  readonly takesKey: boolean;
  /** The parameters of the query that a request must have. Default: none. */
  readonly requiredQuery?: readonly string[];
  /** The headers that a request must have. Default: none. */
  readonly requiredHeaders?: readonly string[];
  /** The statuses with which the handler may refuse a request, as the contract declares. Default: none. See {@link refusalsOf}. */
  readonly refusals?: readonly string[];
  readonly example: {
    readonly pathParameters: Readonly<Record<string, unknown>>;
    readonly query: Readonly<Record<string, unknown>>;
    /** Without the key. Default: none. */
    readonly headers?: Readonly<Record<string, unknown>>;
    /** `undefined`: the contract has no example. */
    readonly body: unknown;
  };
}

/** An operation of the contract. */
export interface ContractOperation extends ApiOperation {
  /** The name in the contract, which is the `operationId`. @example 'getMessage' */
  readonly name: string;
}

/** The API of a project. */
export interface Contract {
  readonly document: OpenApiDocument;
  readonly operations: readonly ContractOperation[];
}

/** The contract cannot be read. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code = 'CONTRACT';
}

/**
 * Reads the contract of a project from services/contract/openapi.json.
 * @throws ContractError
 */
export function readContract(root = projectRoot()): Contract {
  const file = join(root, 'services/contract/openapi.json');
  const remedy = `Write it: ${callOf('openapi', root)}`;
  if (!existsSync(file)) throw new ContractError(`There is no services/contract/openapi.json. ${remedy}`);
  return parseContract(readFileSync(file, 'utf8'), remedy);
}

/** The operations of the project's contract, to name routes in messages. Without a contract that can be read, there are none. */
export function knownOperations(root?: string): readonly ContractOperation[] {
  try {
    return readContract(root).operations;
  } catch (error) {
    if (error instanceof ContractError || error instanceof ProjectNotFound) return [];
    throw error;
  }
}

/**
 * The operation of a route, or of a request.
 * @param call e.g. `GET /messages/{id}` or `GET /messages/1`
 */
export function operationOf(
  call: string,
  operations: readonly ContractOperation[],
): ContractOperation | undefined {
  const [method = '', path = ''] = call.split(' ');
  return findRoute({ method, path }, operations);
}

/**
 * The name of a route or a request for people: that of its operation, if there is one, and the route.
 * @example nameOfCall('GET /messages/1', operations) // 'getMessage (GET /messages/{id})'
 */
export function nameOfCall(call: string, operations: readonly ContractOperation[]): string {
  const operation = operationOf(call, operations);
  return operation === undefined ? call : `${operation.name} (${operation.method} ${operation.path})`;
}

/**
 * Reads an OpenAPI document.
 * @param remedy for a text that is not one
 * @throws ContractError
 */
export function parseContract(text: string, remedy: string): Contract {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), openApi), text);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue);
    throw new ContractError(
      `services/contract/openapi.json is no OpenAPI document${where === null ? '' : ` (${where})`}: ${issue.message}. ${remedy}`,
    );
  }
  const document = parsed.output;
  return {
    document,
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId: name, parameters, requestBody, responses }]) => {
        const isKey = ({ name, in: place }: { readonly name: string; readonly in: string }) =>
          place === 'header' && name.toLowerCase() === IDEMPOTENCY_KEY_HEADER.toLowerCase();
        const at = (place: string) => parameters.filter((each) => each.in === place && !isKey(each));
        const examples = (place: string) =>
          Object.fromEntries(
            at(place)
              .filter((each) => each.example !== undefined)
              .map(({ name, example }) => [name, example]),
          );
        const required = (place: string) =>
          at(place)
            .filter((each) => each.required === true)
            .map(({ name }) => name);
        const [mediaType = 'application/json'] = Object.keys(requestBody?.content ?? {});
        return {
          name,
          method: method.toUpperCase(),
          path,
          takesBody: requestBody !== undefined,
          takesKey: parameters.some(isKey),
          mediaType,
          requiredQuery: required('query'),
          requiredHeaders: required('header'),
          refusals: refusalsOf(responses),
          example: {
            pathParameters: examples('path'),
            query: examples('query'),
            headers: examples('header'),
            body: requestBody?.content[mediaType]?.example,
          },
        };
      }),
    ),
  };
}

/**
 * The statuses of an operation with which its handler may refuse a request: 304 and 4xx. `default` and a range declare none.
 * With 401, 403, 413 and 429 API Gateway refuses, too, and an answer of an HTTP API does not tell who did.
 */
function refusalsOf(responses: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(responses).filter((status) => /^(304|4(?!01|03|13|29)\d\d)$/.test(status));
}

/**
 * Fills in the parameters of a path, percent-encoded. A parameter without a value gets its own name.
 * @example fillPath('/messages/{id}', { id: 'a/b' }) // '/messages/a%2Fb'
 */
export function fillPath(path: string, parameters: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) =>
    encodeURIComponent(String(Object.hasOwn(parameters, name) ? parameters[name] : name.replace(/\+$/, ''))),
  );
}
