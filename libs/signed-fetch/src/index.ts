export type { InvocationScope } from './call.ts';
export * from './client.ts';
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
export type { ApiResponse, JsonResponse, Problem } from './response.ts';
export type { RetryOptions } from './retry.ts';
export type { CredentialSource, CredentialsInput, SigningCredentials } from './sign.ts';
