/** What is known about a refused `sts:AssumeRole`. */
export interface AssumeRoleDenial {
  /** The role that was to be assumed. */
  readonly roleArn: string;
  /** Who asked, as STS names it; `undefined` where its message does not. */
  readonly caller: string | undefined;
  /** Whether the call carried an external ID. Its value is nobody's business in a log. */
  readonly sentExternalId: boolean;
  /** The ID of the STS request: CloudTrail in both accounts knows it. */
  readonly requestId: string | undefined;
}

/**
 * STS refuses to let this caller assume this role. Not retried: only a change of a policy helps.
 *
 * STS does not say which side refuses, and answers alike for a role that does not exist. So the message names the
 * three places to look.
 */
export class AssumeRoleDenied extends Error {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(AssumeRoleDenied.prototype, 'name', { value: 'AssumeRoleDenied' });
  }
  declare readonly name: 'AssumeRoleDenied';
  readonly code = 'AssumeRoleDenied';
  readonly roleArn: string;
  readonly caller: string | undefined;
  readonly requestId: string | undefined;

  constructor({ roleArn, caller, sentExternalId, requestId }: AssumeRoleDenial) {
    const who = caller ?? 'this caller';
    super(
      [
        `STS does not let ${who} assume ${roleArn}. It does not say why; one of these is missing:`,
        `1. The role's trust policy (in the role's account): it must allow sts:AssumeRole to a principal that covers ${who}, and each of its conditions, such as aws:PrincipalArn, must hold. A role that does not exist is refused alike.`,
        `2. The external ID: this call sent ${sentExternalId ? 'one' : 'none'}; where the trust policy has a condition on sts:ExternalId, the two must be equal.`,
        `3. The caller's own policy (in the caller's account): it must allow sts:AssumeRole on ${roleArn}, and no permissions boundary or organization policy may deny it.`,
        ...(requestId === undefined ? [] : [`STS request ID: ${requestId}`]),
      ].join('\n'),
    );
    this.roleArn = roleArn;
    this.caller = caller;
    this.requestId = requestId;
  }
}
