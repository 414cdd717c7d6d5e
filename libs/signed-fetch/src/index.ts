export type { Problem } from './answer.ts';
export { createSignedFetch, type SignedFetchClient } from './client.ts';
export { AccessDenied } from './errors/access-denied.ts';
export { ApiError } from './errors/api-error.ts';
export { ConnectionFailed } from './errors/connection-failed.ts';
export { DeadlineExceeded } from './errors/deadline-exceeded.ts';
export { InvalidOption } from './errors/invalid-option.ts';
export { InvalidPath } from './errors/invalid-path.ts';
export { InvalidResponse } from './errors/invalid-response.ts';
export { RequestTimeout } from './errors/request-timeout.ts';
export { ResponseTooLarge } from './errors/response-too-large.ts';
export { type Attempt, SignedFetchError } from './errors/signed-fetch-error.ts';
export { Throttled } from './errors/throttled.ts';
export { type ContextWithApi, signedFetch } from './middleware.ts';
export type { OutputOf, SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export type {
  ApiResponse,
  CredentialSource,
  CredentialsInput,
  InvocationScope,
  JsonRequestOptions,
  JsonResponse,
  QueryInput,
  QueryValue,
  RequestOptions,
  RetryOptions,
  Runtime,
  SignedFetch,
  SignedFetchMiddlewareOptions,
  SignedFetchOptions,
  SigningCredentials,
} from './types.ts';
