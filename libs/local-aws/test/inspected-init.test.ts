import { accounts, decisionOn, startTestAws } from '../src/testing/index.ts';
import { functionResource, serviceRole } from './template.testing.ts';

test('a request in the init phase of an environment that starts for a debugger is marked so, and has no parent', async () => {
  const aws = await startTestAws({
    inspect: { print: () => {}, firstPort: 40_000 + (process.pid % 10_000) },
  });
  try {
    const code = `
      import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
      await new STSClient().send(new GetCallerIdentityCommand());
      export const handler = async () => {};`;
    await aws.deploy(
      { Resources: { Role: serviceRole('lambda.amazonaws.com'), Function: functionResource('Role', code) } },
      { account: accounts.api, name: 'asks' },
    );
    await aws.localAws.inspectorsReady();
    const [asked] = aws.calls({ operation: 'GetCallerIdentity', principal: '*:assumed-role/*' });
    expect(asked).toMatchObject({ status: 200, phase: 'init' });
    expect(asked?.parentRequestId).toBeUndefined();
    expect(decisionOn(asked).explanation).toContain('made in the init phase of its function');
  } finally {
    await aws.close();
  }
});
