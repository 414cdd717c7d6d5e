/**
 * An option has a wrong value, is missing or is unknown. Thrown when the middleware or the provider is made, before
 * anything is sent.
 *
 * `code` is `'InvalidOption'`; `option` names the option.
 * @example
 * assumeRole({ roleArn: 'my-role' });
 * // AssumeRoleOptionError: assumeRole: roleArn is "my-role". It must be the ARN of an IAM role: arn:aws:iam::…
 */
export class AssumeRoleOptionError extends TypeError {
  // On the prototype, so that the stack, which Lambda prints, begins with it.
  override get name(): 'AssumeRoleOptionError' {
    return 'AssumeRoleOptionError';
  }
  readonly code = 'InvalidOption';
  readonly option: string;

  /**
   * @param option the option's name
   * @param problem what is wrong and what the rule is; goes on after the option's name
   */
  constructor(option: string, problem: string) {
    super(`assumeRole: ${option} ${problem}`);
    this.option = option;
  }
}

/** What {@link AssumeRoleDenied} tells. */
export interface AssumeRoleDenial {
  /** The role that was to be assumed. */
  readonly roleArn: string;
  /** The caller's ARN, if STS names it. */
  readonly caller: string | undefined;
  /** Whether the call carried an external ID. Its value stays out of messages and logs. */
  readonly sentExternalId: boolean;
  /** The ID of the STS request. CloudTrail in both accounts knows it. */
  readonly requestId: string | undefined;
}

/**
 * STS refuses to let this caller assume this role. It is not tried again: only a change of a policy helps. STS does not
 * say which side refuses, and gives the same answer for a role that does not exist. So the message lists the three
 * places to look.
 *
 * `code` is `'AssumeRoleDenied'`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html
 * @example
 * if (error instanceof AssumeRoleDenied) logger.error(error.message, { caller: error.caller });
 */
export class AssumeRoleDenied extends Error {
  override get name(): 'AssumeRoleDenied' {
    return 'AssumeRoleDenied';
  }
  readonly code = 'AssumeRoleDenied';
  readonly roleArn: string;
  readonly caller: string | undefined;
  readonly requestId: string | undefined;

  constructor({ roleArn, caller, sentExternalId, requestId }: AssumeRoleDenial) {
    const who = caller ?? 'this caller';
    super(
      `STS does not let ${who} assume ${roleArn}. STS does not say why, so check all three:
1. The role exists, its trust policy allows sts:AssumeRole to ${who}, and each condition holds.
2. The external ID (this call sent ${sentExternalId ? 'one' : 'none'}) equals sts:ExternalId in the trust policy.
3. The caller's own policy allows sts:AssumeRole on the role, and no boundary or organization policy denies it.${
        requestId === undefined ? '' : `\nSTS request ID: ${requestId}`
      }`,
    );
    this.roleArn = roleArn;
    this.caller = caller;
    this.requestId = requestId;
  }
}

/** What {@link CredentialsUnavailable} tells. */
export interface Unavailability {
  readonly roleArn: string;
  /** What happened, in the words of STS or of the network, without secrets. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /** How many times STS was asked. */
  readonly attempts: number;
  /** The code of the last failure: of STS (`Throttling`), of Node (`ECONNREFUSED`), or `Timeout`. */
  readonly reasonCode: string;
  /** The ID of the last STS request that was answered. */
  readonly requestId: string | undefined;
}

/**
 * There are no valid credentials, and STS gave none. Either it throttled, failed or was out of reach until the time was
 * up, or it rejected the request itself. `reasonCode` says which.
 *
 * `code` is `'CredentialsUnavailable'`.
 * @example
 * if (error instanceof CredentialsUnavailable && error.reasonCode === 'Throttling') metrics.addMetric('sts', 'Count', 1);
 */
export class CredentialsUnavailable extends Error {
  override get name(): 'CredentialsUnavailable' {
    return 'CredentialsUnavailable';
  }
  readonly code = 'CredentialsUnavailable';
  readonly roleArn: string;
  readonly attempts: number;
  readonly reasonCode: string;
  readonly requestId: string | undefined;

  constructor({ roleArn, reason, remedy, attempts, reasonCode, requestId }: Unavailability) {
    const id = requestId === undefined ? '' : ` (STS request ID: ${requestId})`;
    super(
      `No credentials of ${roleArn} after ${attempts} attempt${attempts === 1 ? '' : 's'}: ${reason}${id}. ${remedy}.`,
    );
    this.roleArn = roleArn;
    this.attempts = attempts;
    this.reasonCode = reasonCode;
    this.requestId = requestId;
  }
}
