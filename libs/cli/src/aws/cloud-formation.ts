import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Account } from './account.ts';

/** The client of CloudFormation for an account, in the region of its profile. */
export function cloudFormationOf({ client, sdk }: Pick<Account, 'client' | 'sdk'>): CloudFormationClient {
  return client('cloudformation', () => new CloudFormationClient(sdk));
}
