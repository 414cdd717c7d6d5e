/** Why there are no credentials. */
export interface Unavailability {
  readonly roleArn: string;
  /** What happened, in the words of STS or of the network; free of secrets. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /** How many times STS was asked. */
  readonly attempts: number;
  /** The code of the last failure: STS's (`Throttling`), Node's (`ECONNREFUSED`) or `Timeout`. */
  readonly reasonCode: string | undefined;
  /** The ID of the last STS request that was answered. */
  readonly requestId: string | undefined;
}

/**
 * There are no valid credentials of the role, and STS gave none: it throttled, failed or was out of reach until the
 * time was up, or it refused the request for what is in it.
 */
export class CredentialsUnavailable extends Error {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(CredentialsUnavailable.prototype, 'name', { value: 'CredentialsUnavailable' });
  }
  declare readonly name: 'CredentialsUnavailable';
  readonly code = 'CredentialsUnavailable';
  readonly roleArn: string;
  readonly attempts: number;
  readonly reasonCode: string | undefined;
  readonly requestId: string | undefined;

  constructor({ roleArn, reason, remedy, attempts, reasonCode, requestId }: Unavailability) {
    const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    const id = requestId === undefined ? '' : ` (STS request ID: ${requestId})`;
    super(`No credentials of ${roleArn} after ${tries}: ${reason}${id}. ${remedy}`);
    this.roleArn = roleArn;
    this.attempts = attempts;
    this.reasonCode = reasonCode;
    this.requestId = requestId;
  }
}
