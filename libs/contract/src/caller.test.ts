import * as v from 'valibot';
import { callerSchema } from './index.ts';

test('a caller that is an IAM user has no role', () => {
  const user = { accountId: '111111111111', arn: 'arn:aws:iam::111111111111:user/admin' };
  const withoutRole = { ...user, roleName: null, sessionName: null };
  expect(v.parse(callerSchema, withoutRole)).toEqual(withoutRole);
});

test('an account ID of a caller has 12 digits', () => {
  const caller = {
    accountId: '222222222222',
    arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
    roleName: 'api-dev-invoke',
    sessionName: 'caller',
  };
  expect(v.parse(callerSchema, caller)).toEqual(caller);
  expect(v.safeParse(callerSchema, { ...caller, accountId: '12' }).success).toBe(false);
});
