import { isServiceLinkedRole } from '../decision/resource-control.ts';

/**
 * The permission set of a role that IAM Identity Center manages. IAM refuses to change such a role.
 * Source: https://repost.aws/knowledge-center/identity-center-aws-reserved-sso
 * @param arn the ARN of the role, or of a session of it
 */
export function permissionSetOf(arn: string): string | undefined {
  return /[/]AWSReservedSSO_([\w+=,.@-]+)_[0-9a-f]{16}(?:\/|$)/.exec(arn)?.[1];
}

/**
 * The reason why nobody can change the trust policy of a role, or the policies of a service-linked one:
 * "Cannot perform the operation on the protected role … - this role is only modifiable by AWS"
 * (https://github.com/rebuy-de/aws-nuke/issues/331).
 */
export function whyProtected(arn: string): string | undefined {
  if (isServiceLinkedRole(arn))
    return `${arn} is a service-linked role, which only its service changes: IAM refuses it to everybody else. Use a role of your own.`;
  return arn.includes(':role/aws-reserved/sso.amazonaws.com/')
    ? `${arn} is a role of IAM Identity Center, and IAM refuses to change its trust policy. People get this role when they sign in. Let the caller assume a role of your own.`
    : undefined;
}
