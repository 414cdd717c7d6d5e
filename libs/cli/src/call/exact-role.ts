import { parseArn } from '@cross-account-api/iam';
import { find } from '../aws/find.ts';
import type { OpenCall } from './open-call.ts';

/**
 * The ARN of a role with its path, which the ARN of a session lacks. The role of a permission set of IAM Identity Center has one:
 * `/aws-reserved/sso.amazonaws.com/…`.
 * @param arn with any path. Whatever is not a role, or is in an account that is not open, stays as it is
 */
export async function exactRoleArn(arn: string, { accounts, reader }: OpenCall): Promise<string> {
  const { accountId } = parseArn(arn);
  if (!arn.includes(':role/') || !accounts.has(accountId)) return arn;
  const { facts } = await find(accountId, () => reader.role(arn));
  return facts?.arn ?? arn;
}
