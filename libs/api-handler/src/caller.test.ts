import { callerScope } from './caller.ts';

const role = 'arn:aws:sts::111111111111:assumed-role/invoke';

test('all sessions of a role are the same caller', () => {
  expect(callerScope(`${role}/caller.8e1f5a0c3b7d4926`)).toBe(role);
  expect(callerScope(`${role}/caller`)).toBe(role);
});

test.each([
  ['another role', `${role}-2/caller`],
  ['a role whose name begins like it', `${role}.billing/caller`],
  ['the role of that name in another account', 'arn:aws:sts::222222222222:assumed-role/invoke/caller'],
  ['the role of that name in another partition', 'arn:aws-cn:sts::111111111111:assumed-role/invoke/caller'],
  ['a user of that name', 'arn:aws:iam::111111111111:user/invoke'],
  ['a user whose path looks like a session', 'arn:aws:iam::111111111111:user/assumed-role/invoke/caller'],
  ['a federated user', 'arn:aws:sts::111111111111:federated-user/invoke'],
  ['the root user', 'arn:aws:iam::111111111111:root'],
])('%s is another caller', (_what, arn) => {
  expect(callerScope(arn)).not.toBe(role);
  expect(arn.startsWith(callerScope(arn))).toBe(true);
});

test('a caller without a role is identified by the whole ARN', () => {
  for (const arn of ['arn:aws:iam::111111111111:user/a', 'arn:aws:sts::111111111111:federated-user/a']) {
    expect(callerScope(arn)).toBe(arn);
  }
});
