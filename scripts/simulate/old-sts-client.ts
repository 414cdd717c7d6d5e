import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { StsClient } from '@cross-account-api/assume-role';

/** The client of STS that assume-role once had: the `Date` header of any response sets its clock, and nothing sets it back. */
export function oldStsClient(): StsClient {
  const client = new STSClient({ region: 'eu-west-1', maxAttempts: 1 });
  return {
    config: client.config,
    assumeRole: (input, options) => client.send(new AssumeRoleCommand(input), options),
  };
}
