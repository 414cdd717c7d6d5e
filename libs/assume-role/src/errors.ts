/**
 * An option is missing, wrong or unknown. Thrown when the middleware or the provider is made.
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
  declare readonly option: string;

  /** @param problem goes on after the option's name: what is wrong, and what the rule is */
  constructor(option: string, problem: string) {
    super(`assumeRole: ${option} ${problem}`);
    Object.assign(this, { option });
  }
}

/**
 * STS refuses to let this caller assume this role; only a change of a policy helps. STS does not say which side refuses,
 * and gives the same answer for a role that does not exist. So the message lists the three places to look.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html
 */
export class AssumeRoleDenied extends Error {
  override get name(): 'AssumeRoleDenied' {
    return 'AssumeRoleDenied';
  }
  readonly code = this.name;
  declare readonly roleArn: string;
  /** The caller's ARN, if STS names it. */
  declare readonly caller: string | undefined;
  /** The ID of the STS request. CloudTrail in both accounts knows it. */
  declare readonly requestId: string | undefined;

  constructor(facts: Pick<AssumeRoleDenied, 'roleArn' | 'caller' | 'requestId'>, sentExternalId: boolean) {
    const { roleArn, caller = 'this caller', requestId } = facts;
    super(
      `STS does not let ${caller} assume ${roleArn}. STS does not say why, so check all three:
1. The role exists, its trust policy allows sts:AssumeRole to ${caller}, and each condition holds.
2. The external ID (this call sent ${sentExternalId ? 'one' : 'none'}) equals sts:ExternalId in the trust policy.
3. The caller's own policy allows sts:AssumeRole on the role, and no boundary or organization policy denies it.${
        requestId ? `\nSTS request ID: ${requestId}` : ''
      }`,
    );
    Object.assign(this, facts);
  }
}

/**
 * There are no valid credentials, and STS gave none: it throttled, failed or was out of reach until the time was up, or
 * it rejected the request itself. `reasonCode` says which.
 * @example
 * if (error instanceof CredentialsUnavailable && error.reasonCode === 'Throttling') metrics.addMetric('sts', 'Count', 1);
 */
export class CredentialsUnavailable extends Error {
  override get name(): 'CredentialsUnavailable' {
    return 'CredentialsUnavailable';
  }
  readonly code = this.name;
  declare readonly roleArn: string;
  /** How many times STS was asked. */
  declare readonly attempts: number;
  /** The code of the last failure: of STS (`Throttling`), of Node (`ECONNREFUSED`), or `Timeout`. */
  declare readonly reasonCode: string;
  /** The ID of the last STS request, if it was answered. */
  declare readonly requestId: string | undefined;

  constructor(
    facts: Pick<CredentialsUnavailable, 'roleArn' | 'attempts' | 'reasonCode' | 'requestId'>,
    reason: string,
    remedy: string,
  ) {
    const { roleArn, attempts, reasonCode, requestId } = facts;
    const id = requestId ? ` (STS request ID: ${requestId})` : '';
    super(`No credentials of ${roleArn} (attempts: ${attempts}): ${reasonCode}: ${reason}${id}. ${remedy}.`);
    Object.assign(this, facts);
  }
}
