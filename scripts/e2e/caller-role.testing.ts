import {
  CreateRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Keys } from './call-api.testing.ts';
import { keysOf } from './deployment-roles.testing.ts';
import { CALLER_ACCOUNT, type TestBed } from './test-bed.testing.ts';

/**
 * Creates a role in an account, as the team of a further caller would, or gives it another policy if it exists.
 * @param name with its path, e.g. `team/billing`
 * @param accountId account B by default
 * @returns the keys of a session of it
 */
export async function createCallerRole(
  bed: TestBed,
  name: string,
  policy: object,
  accountId = CALLER_ACCOUNT,
): Promise<Keys> {
  const iam = new IAMClient(bed.administrator(accountId));
  const [RoleName = '', ...path] = name.split('/').reverse();
  const roleArn = `arn:aws:iam::${accountId}:role/${name}`;
  const Path = ['', ...path.reverse(), ''].join('/') || '/';
  const trust = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
  try {
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust });
    await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument })).catch(unlessItExists);
    const PolicyDocument = JSON.stringify(policy);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'call', PolicyDocument }));
    return await assumeRole(bed, bed.administrator(accountId).credentials, roleArn);
  } finally {
    iam.destroy();
  }
}

function unlessItExists(error: unknown): void {
  if (!(error instanceof EntityAlreadyExistsException)) throw error;
}

/** Assumes a role. @returns the keys of the session */
export async function assumeRole(
  bed: TestBed,
  credentials: Keys,
  RoleArn: string,
  ExternalId?: string,
): Promise<Keys> {
  const sts = new STSClient({ ...bed.administrator(CALLER_ACCOUNT), credentials });
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn, ExternalId, RoleSessionName: 'test' }),
    );
    return keysOf(Credentials);
  } finally {
    sts.destroy();
  }
}
