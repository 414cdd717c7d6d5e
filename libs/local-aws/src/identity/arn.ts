import { type IamArn, parseIamArn } from '@cross-account-api/iam';

/** Reads an ARN of IAM or STS in the partition `aws`, the only one that local AWS has. `undefined` for anything else. */
export function parseIdentityArn(arn: string): IamArn | undefined {
  const parsed = parseIamArn(arn);
  return parsed?.partition === 'aws' ? parsed : undefined;
}

/** The ARN of a role, user or policy. */
export function iamArn(
  accountId: string,
  kind: 'role' | 'user' | 'policy',
  path: string,
  name: string,
): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}
