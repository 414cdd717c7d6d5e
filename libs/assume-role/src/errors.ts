/** An option is missing, wrong or unknown: `assumeRole: roleArn is "x". It must be the ARN of an IAM role: arn:aws:iam::…` */
export class AssumeRoleOptionError extends TypeError {
  // On the prototype, so that the stack begins with it. Lambda prints the stack.
  override get name(): 'AssumeRoleOptionError' {
    return 'AssumeRoleOptionError';
  }
  readonly code = this.name;
  readonly option: string;

  /** @param problem follows the option's name: the mistake and the rule */
  constructor(option: string, problem: string) {
    super(`assumeRole: ${option} ${problem}`);
    this.option = option;
  }
}

/** STS does not let this caller assume this role, and does not give the reason. The message lists what to check. */
export class AssumeRoleDenied extends Error {
  override get name(): 'AssumeRoleDenied' {
    return 'AssumeRoleDenied';
  }
  readonly code = this.name;
  readonly roleArn: string;
  /** The caller's ARN, if STS names it. */
  readonly caller: string | undefined;
  /** The ID of the STS request, by which to search CloudTrail in both accounts. */
  readonly requestId: string | undefined;

  /** @param furtherActions that the request needs beside sts:AssumeRole, such as `sts:TagSession`. Default: none */
  constructor(
    facts: Pick<AssumeRoleDenied, 'roleArn' | 'caller' | 'requestId'>,
    sentExternalId: boolean,
    furtherActions: readonly string[] = [],
  ) {
    const { roleArn, caller = 'this caller', requestId } = facts;
    const checks = [
      `The role exists, its trust policy allows sts:AssumeRole to ${caller}, and each condition holds.`,
      `The external ID (this call sent ${sentExternalId ? 'one' : 'none'}) equals sts:ExternalId in the trust policy.`,
      "The caller's own policy allows sts:AssumeRole on the role, and no boundary or organization policy denies it.",
      ...furtherActions.map(
        (action) =>
          `Both the trust policy and the caller's own policy also allow ${action}, as this call needs it.`,
      ),
      'IAM takes seconds to spread a change. If one was just made, in either account, call again after a minute.',
    ];
    const lines = [
      `STS does not let ${caller} assume ${roleArn}. STS does not say why, so check all of these:`,
      ...checks.map((check, index) => `${index + 1}. ${check}`),
      ...(requestId ? [`STS request ID: ${requestId}`] : []),
    ];
    super(lines.join('\n'));
    this.roleArn = roleArn;
    this.caller = facts.caller;
    this.requestId = requestId;
  }
}

/**
 * There are no valid credentials. STS gave none in time, or it rejected the request; or the program's own credentials did not come, so STS was
 * not asked. `reasonCode` says why.
 */
export class CredentialsUnavailable extends Error {
  override get name(): 'CredentialsUnavailable' {
    return 'CredentialsUnavailable';
  }
  readonly code = this.name;
  readonly roleArn: string;
  /** The number of tries: requests to STS, or for the program's own credentials, which come first. */
  readonly attempts: number;
  /** The code of the last failure: of STS (`Throttling`), of Node (`ECONNREFUSED`), or `Timeout`. */
  readonly reasonCode: string;
  /** The ID of the last STS request, if it was answered. */
  readonly requestId: string | undefined;

  constructor(
    facts: Pick<CredentialsUnavailable, 'roleArn' | 'attempts' | 'reasonCode' | 'requestId'>,
    reason: string,
    remedy: string,
  ) {
    const { roleArn, attempts, reasonCode, requestId } = facts;
    const id = requestId ? ` (STS request ID: ${requestId})` : '';
    super(`No credentials of ${roleArn} (attempts: ${attempts}): ${reasonCode}: ${reason}${id}. ${remedy}.`);
    this.roleArn = roleArn;
    this.attempts = attempts;
    this.reasonCode = reasonCode;
    this.requestId = requestId;
  }
}

/** Marks errors of an assumption. All copies of this package in a process share the symbol. */
const ASSUME_ROLE_ERROR = Symbol.for('@cross-account-api/assume-role/error');
for (const { prototype } of [AssumeRoleDenied, CredentialsUnavailable]) {
  Object.defineProperty(prototype, ASSUME_ROLE_ERROR, { value: true });
}

/**
 * Whether a value is an error of assuming a role, also if another copy of this package threw it. A process has two copies if one
 * module imports the package and another requires it: then `instanceof` fails.
 * @example if (isAssumeRoleError(error)) logger.error(error.code, { requestId: error.requestId });
 */
export function isAssumeRoleError(error: unknown): error is AssumeRoleDenied | CredentialsUnavailable {
  return typeof error === 'object' && error !== null && ASSUME_ROLE_ERROR in error;
}
