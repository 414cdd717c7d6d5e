/** What a failed STS request means for the next step. */
export interface StsFailure {
  /**
   * - `denied`: AssumeRole is refused
   * - `transient`: throttled, failed or out of reach; the next try may succeed
   * - `skewed`: the signature's time was off. The SDK has corrected its clock by the answer, so one more try is due
   * - `permanent`: the next try would fail alike
   */
  readonly kind: 'denied' | 'transient' | 'skewed' | 'permanent';
  /** STS's error code, Node's, or the error's name. */
  readonly code: string;
  /** What happened, fit for logs. */
  readonly reason: string;
  readonly requestId: string | undefined;
  /** The caller's ARN, where STS names it. */
  readonly caller: string | undefined;
}

const DENIED = new Set(['AccessDenied', 'AccessDeniedException']);

const TRANSIENT = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'PriorRequestNotComplete',
  'InternalFailure',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
]);

const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOBUFS',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EMFILE',
]);

const CLOCK = new Set([
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'RequestInTheFuture',
]);

/**
 * Reads the error that `STSClient.send` rejected with. Nothing of it but text is kept: the error object holds the
 * response, and must not end up in a log by way of a `cause`.
 */
export function readStsFailure(error: unknown): StsFailure {
  const { name, code, message, metadata } = parts(error);
  const status = metadata.httpStatusCode;
  const reason = presentable(message);
  const found = {
    code: code ?? name,
    reason: reason === '' ? (code ?? name) : reason,
    requestId: metadata.requestId,
    caller: /\bUser: (arn:[!-~]{1,2048}) is not authorized/.exec(message)?.[1],
  };
  if (DENIED.has(name)) return { ...found, kind: 'denied' };
  if (CLOCK.has(name) && (name !== 'SignatureDoesNotMatch' || /expired|not yet current/i.test(message))) {
    return { ...found, kind: 'skewed' };
  }
  const transient =
    TRANSIENT.has(name) ||
    (code !== undefined && NETWORK.has(code)) ||
    status === 429 ||
    (status !== undefined && status >= 500);
  return { ...found, kind: transient ? 'transient' : 'permanent' };
}

/** What to do about a failure that will not go away by itself. */
export function remedyFor(code: string): string {
  switch (code) {
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return "The function's own credentials have expired; a new execution environment gets new ones";
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
      return "The function's own credentials are unknown to STS: check the AWS_… variables and the region's opt-in status";
    case 'RegionDisabledException':
      return 'Activate STS for this region in the account settings of IAM, or give another region';
    case 'PackedPolicyTooLarge':
    case 'PackedPolicyTooLargeException':
      return 'Shorten policy, policyArns and tags: STS packs them into one limited space';
    case 'MalformedPolicyDocument':
    case 'MalformedPolicyDocumentException':
      return 'Correct the option policy';
    case 'CredentialsProviderError':
      return "The function has no credentials of its own: in Lambda they come with the function's role";
    case 'SignatureDoesNotMatch':
    case 'RequestTimeTooSkewed':
      return "The signature was refused, also after the clock had been set by STS's time: invoke again, and check the AWS_… variables if it stays so";
    default:
      return 'Correct what STS says and deploy again';
  }
}

/**
 * A message without what STS adds for debugging to `SignatureDoesNotMatch`: the canonical request, which holds the
 * session token.
 */
function presentable(message: string): string {
  return (message.split(/\s*The Canonical String/, 1)[0] ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 1_000);
}

function parts(error: unknown): {
  name: string;
  code: string | undefined;
  message: string;
  metadata: { httpStatusCode?: number; requestId?: string };
} {
  const from: Record<string, unknown> =
    typeof error === 'object' && error !== null ? Object(error) : { message: String(error) };
  const metadata: Record<string, unknown> =
    typeof from.$metadata === 'object' && from.$metadata !== null ? Object(from.$metadata) : {};
  const message = typeof from.message === 'string' ? from.message : '';
  return {
    name: typeof from.name === 'string' ? from.name : 'Error',
    code: typeof from.code === 'string' ? from.code : networkCodeIn(message),
    message,
    metadata: {
      ...(typeof metadata.httpStatusCode === 'number' && { httpStatusCode: metadata.httpStatusCode }),
      ...(typeof metadata.requestId === 'string' && { requestId: metadata.requestId }),
    },
  };
}

/**
 * A network error's code where only its text is left: the SDK wraps errors of another realm (as under jest) into
 * `AWS SDK error wrapper for TimeoutError: socket hang up`.
 */
function networkCodeIn(message: string): string | undefined {
  if (!message.startsWith('AWS SDK error wrapper for ')) return undefined;
  if (message.includes('socket hang up')) return 'ECONNRESET';
  return /\bE[A-Z_]{3,20}\b/.exec(message)?.[0];
}
