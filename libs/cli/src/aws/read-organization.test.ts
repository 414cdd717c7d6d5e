import { Readable } from 'node:stream';
import type { Account } from './account.ts';
import { organizationReader } from './read-organization.ts';

const ACCOUNT = '222222222222';
const document = JSON.stringify({ Version: '2012-10-17', Statement: [] });
const policy = (name: string) => ({
  Id: `p-${name}`,
  Arn: `arn:aws:organizations::aws:policy/${name}`,
  Name: name,
});

/** The answers of AWS Organizations, by operation and the target of policies. */
function answerOf(operation: string, { TargetId, Filter }: Readonly<Record<string, string>>): object {
  if (operation === 'DescribeOrganization') {
    return { Organization: { Id: 'o-example123', MasterAccountId: '999999999999' } };
  }
  if (operation === 'ListParents') return { Parents: [{ Id: 'r-root', Type: 'ROOT' }] };
  if (operation === 'DescribePolicy') return { Policy: { Content: document } };
  return {
    Policies: Filter === 'SERVICE_CONTROL_POLICY' ? [policy(TargetId === ACCOUNT ? 'Own' : 'Regions')] : [],
  };
}

test('the policies of an organization have the names that its administrators gave them, from the root to the account', async () => {
  const requestHandler = {
    handle: async ({ headers, body }: { headers: Record<string, string>; body: string | Uint8Array }) => {
      const operation = headers['x-amz-target']?.split('.').at(-1) ?? '';
      // The body of an operation with input is bytes.
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      const answer = answerOf(operation, JSON.parse(text));
      return {
        response: {
          statusCode: 200,
          headers: {},
          body: Readable.from([Buffer.from(JSON.stringify(answer))]),
        },
      };
    },
  };
  const account = {
    accountId: ACCOUNT,
    sdk: { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestHandler },
    read: (call: () => Promise<unknown>) => call(),
  } as unknown as Account;
  const { membership } = await organizationReader(undefined)(account);
  expect(membership?.organizationId).toBe('o-example123');
  expect(membership?.serviceControl.flat().map(({ name }) => name)).toEqual(['Regions', 'Own']);
});
