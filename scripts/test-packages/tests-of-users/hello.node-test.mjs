import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, decisionOn, startTestAws } from '@cross-account-api/local-aws/testing';

/** @type {import('@cross-account-api/local-aws/testing').TestAws} */
let aws;
before(async () => {
  aws = await startTestAws();
  await aws.deploy('.', { account: accounts.api });
});
after(() => aws.close());

test('hello may write to its table', async () => {
  const { payload } = await aws.as(accounts.api).invoke('notes-local-hello');
  assert.equal(payload, 'kept');
  const { allowed, by, explanation } = decisionOn(aws.calls({ operation: 'PutItem' })[0]);
  assert.equal(allowed, true, explanation);
  assert.match(by.join(), /#\d$/);
});

test('the global fetch reaches the API that is deployed here, and nothing else', async () => {
  const restore = aws.useForFetch();
  try {
    const response = await fetch(
      'https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15',
    );
    assert.equal(response.status, 403);
    await assert.rejects(fetch('https://example.com/'));
  } finally {
    restore();
  }
});

test('after a reset, nothing is deployed', async () => {
  await aws.reset();
  await assert.rejects(aws.as(accounts.api).invoke('notes-local-hello'), {
    name: 'ResourceNotFoundException',
  });
});
