import type * as v from 'valibot';
import type { PostMessageRequest, PostMessageResponse, WhoamiResponse } from './messages.ts';
import { operations } from './operations.ts';

/** What the client hands to {@link JsonApi.json}. */
export interface JsonApiRequest {
  readonly method: string;
  /** The body, which is sent as JSON. */
  readonly json?: unknown;
  /** The response's body must match it. */
  readonly schema: v.GenericSchema<unknown, unknown>;
  /** `true` sends a new `Idempotency-Key`, the same on each attempt: then the request may be repeated. */
  readonly idempotencyKey?: string | true | undefined;
}

/**
 * What the client needs to send requests. `SignedFetch` of signed-fetch fits; so does anything else that signs a
 * request, sends it, throws an error for an error response, and checks the body by the schema.
 */
export interface JsonApi {
  json(path: string, request: JsonApiRequest): Promise<{ readonly body: unknown }>;
}

/** The options that a call may add: those of the {@link JsonApi}, except for what the operation decides. */
export type CallOptions<Api extends JsonApi> = Omit<
  NonNullable<Parameters<Api['json']>[1]>,
  'method' | 'schema' | 'json' | 'body'
>;

/** The response of the {@link JsonApi} with the type of the body. */
export type TypedResponse<Api extends JsonApi, Body> = Omit<Awaited<ReturnType<Api['json']>>, 'body'> & {
  readonly body: Body;
};

/** The API's operations as functions. */
export interface ApiClient<Api extends JsonApi = JsonApi> {
  /**
   * `POST /messages`. Sends an `Idempotency-Key`, a new one for each call unless `options` has one, so that a request
   * that may have been executed can be repeated.
   * @throws what the {@link JsonApi} throws
   */
  postMessage(
    message: PostMessageRequest,
    options?: CallOptions<Api>,
  ): Promise<TypedResponse<Api, PostMessageResponse>>;
  /**
   * `GET /whoami`.
   * @throws what the {@link JsonApi} throws
   */
  getWhoami(options?: CallOptions<Api>): Promise<TypedResponse<Api, WhoamiResponse>>;
}

/**
 * Makes a client with a function for each operation of the API.
 * @param api what signs and sends, e.g. `context.api` of signed-fetch's middleware
 * @example
 * const { body } = await createApiClient(context.api).postMessage({ foo: 'bar' });
 * console.log(body.caller.roleName);
 */
export function createApiClient<Api extends JsonApi>(api: Api): ApiClient<Api> {
  const call = async <Body>(
    { method, path, response: schema }: (typeof operations)[keyof typeof operations],
    request: Partial<JsonApiRequest>,
  ) => {
    const response = await api.json(path, { ...request, method, schema });
    // The JsonApi has checked the body by the schema, from which the type follows.
    return response as TypedResponse<Api, Body>;
  };
  return {
    postMessage: (message, options) =>
      call(operations.postMessage, {
        ...options,
        idempotencyKey: options?.idempotencyKey ?? true,
        json: message,
      }),
    getWhoami: (options) => call(operations.getWhoami, { ...options }),
  };
}
