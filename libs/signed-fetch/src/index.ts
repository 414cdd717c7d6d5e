export type { CredentialSource, InvocationScope } from './call.ts';
export {
  type CredentialsInput,
  createSignedFetch,
  type SignedFetch,
  type SignedFetchClient,
  type SignedFetchOptions,
} from './client.ts';
export {
  AccessDenied,
  ApiError,
  type Attempt,
  ConnectionFailed,
  DeadlineExceeded,
  InvalidPath,
  InvalidResponse,
  RequestTimeout,
  ResponseTooLarge,
  SignedFetchError,
  SignedFetchOptionError,
  Throttled,
} from './errors.ts';
export * from './middleware.ts';
export type { JsonRequestOptions, QueryInput, QueryValue, RequestOptions } from './request.ts';
export type {
  ApiResponse,
  JsonResponse,
  OutputOf,
  Problem,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from './response.ts';
export type { RetryOptions } from './retry.ts';
export type { SigningCredentials } from './sign.ts';
