import { trustedAccounts } from './trusted-accounts.ts';

const statement = (AWS: unknown, Effect = 'Allow') => ({
  Effect,
  Principal: { AWS },
  Action: 'sts:AssumeRole',
});

test.each([
  ['an account by its ID', statement('333333333333'), ['333333333333']],
  ['an account by its root', statement('arn:aws:iam::333333333333:root'), ['333333333333']],
  ['a role in an account', statement('arn:aws:iam::333333333333:role/team/export'), ['333333333333']],
  ['a session', statement('arn:aws:sts::333333333333:assumed-role/export/a'), ['333333333333']],
  [
    'several',
    statement(['333333333333', 'arn:aws:iam::444444444444:user/a']),
    ['333333333333', '444444444444'],
  ],
  ['anybody', statement('*'), []],
  ['a service', { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }, []],
  ['whom a statement denies', statement('333333333333', 'Deny'), []],
  ['what a function of CloudFormation makes', statement({ 'Fn::Sub': '333333333333' }), []],
])('%s is named', (_, Statement, accounts) => {
  for (const value of [
    { Statement },
    { Statement: [Statement] },
    { Properties: { Policy: { Statement } } },
  ]) {
    expect([...trustedAccounts(value)].sort()).toEqual(accounts);
  }
});

test('a value without policies names none', () => {
  for (const value of [undefined, null, 7, 'a', [], { Effect: 'Allow', Principal: '*' }, { Principal: 7 }]) {
    expect([...trustedAccounts(value)]).toEqual([]);
  }
});
