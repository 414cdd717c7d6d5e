export * from './client.ts';
export {
  AccessDenied,
  ApiError,
  type Attempt,
  type CallError,
  ConnectionFailed,
  DeadlineExceeded,
  InvalidPath,
  InvalidResponse,
  isSignedFetchError,
  RequestTimeout,
  ResponseTooLarge,
  SignedFetchError,
  SignedFetchOptionError,
  Throttled,
} from './errors.ts';
export type { CallLogger } from './log.ts';
export * from './middleware.ts';
export type { Problem } from './outcome.ts';
export type {
  FetchOptions,
  InvocationScope,
  JsonRequestOptions,
  QueryInput,
  QueryValue,
  RequestOptions,
  RetryOptions,
} from './request.ts';
export type { ApiResponse, JsonResponse } from './response.ts';
export {
  type CredentialSource,
  type CredentialsInput,
  fromEnvironment,
  type SigningCredentials,
} from './sign.ts';
export type { TraceContext } from './trace-context.ts';
