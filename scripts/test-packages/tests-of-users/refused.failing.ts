import { accounts, matchers, startTestAws } from '@cross-account-api/local-aws/testing';

expect.extend(matchers);

test('the function may not do what its test forbids: this test fails', async () => {
  await using aws = await startTestAws();
  await aws.deploy('.', { account: accounts.api });
  await aws.as(accounts.api).invoke('notes-local-hello');
  // Not awaited, as users may forget it.
  expect(aws.calls({ operation: 'PutItem' })[0]).toBeDeniedBy();
});
