import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** What the API said. */
export interface Refusal extends CallFailure {
  readonly status: number;
  /** `x-amzn-ErrorType`; absent where not API Gateway but the function behind it refuses. */
  readonly errorType: string | undefined;
  /** The API's own words. */
  readonly reason: string;
}

/** The API refuses the call (403). Not retried: only a change of a policy or of the request helps. */
export class AccessDenied extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(AccessDenied.prototype, 'name', { value: 'AccessDenied' });
  }
  declare readonly name: 'AccessDenied';
  readonly code = 'AccessDenied';
  readonly status: number;
  readonly errorType: string | undefined;
  /** The API's reason, in its own words. */
  readonly reason: string;

  constructor(refusal: Refusal) {
    const { status, errorType, reason } = refusal;
    super(
      refusal,
      `refused with ${[status, errorType].filter(Boolean).join(' ')}: ${reason}`,
      remedy(errorType),
    );
    this.status = status;
    this.errorType = errorType;
    this.reason = reason;
  }
}

/** What API Gateway's error types mean for whoever reads the message. */
function remedy(errorType: string | undefined): string {
  switch (errorType) {
    case 'AccessDeniedException':
      return 'The signature is good, but no policy allows the call, or one denies it. Look at the assumed role’s policy (execute-api:Invoke on this method and path), at its session policy, and at the API’s resource policy.';
    case 'MissingAuthenticationTokenException':
      return 'API Gateway answers so, too, where nothing is deployed under this method and path. Check both, and the stage in the base URL.';
    case 'ForbiddenException':
      return 'API Gateway answers so where it knows no such API or stage, and where a firewall refuses. Check the base URL.';
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
      return 'The credentials were refused, and so were new ones, or the source of credentials cannot renew them. Check where they come from.';
    case 'InvalidSignatureException':
      return 'Check the region to sign for, the function’s clock, and whether a proxy on the way changes the request.';
    default:
      return 'The API itself decides so. Its reason is above.';
  }
}
