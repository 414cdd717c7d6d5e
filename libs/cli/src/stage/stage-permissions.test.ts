import { decide } from '@cross-account-api/iam';
import { chainStatements, type PolicyScope, policyFor } from './stage-permissions.ts';

const scope: PolicyScope = {
  partition: 'aws',
  callerRoleNames: ['shop-dev', 'shop-dev-report'],
  callers: [],
  customDomain: undefined,
  privateApi: undefined,
  api: 'depot-dev',
  caller: 'shop-dev',
};

/** Whether a profile with the policy that is printed for the stage may read a role. */
function mayRead(role: string, partition = 'aws'): boolean {
  const document = policyFor({ ...scope, partition }, chainStatements('dev', { ...scope, partition }));
  const arn = `arn:${partition}:iam::111111111111:user/reader`;
  const principal = { type: 'User', accountId: '111111111111', arn, principalArn: arn } as const;
  return decide(
    {
      principal: { ...principal, userId: 'AIDAEXAMPLE', userName: 'reader', tags: {} },
      action: 'iam:GetRole',
      resource: `arn:${partition}:iam::111111111111:role/${role}`,
      resourceAccountId: '111111111111',
      context: {},
    },
    { identity: [{ name: 'printed', document }] },
  ).allowed;
}

test.each(['aws', 'aws-us-gov', 'aws-cn'])(
  'the policy for reading a stage reads its roles, whatever their path and region (%s)',
  (partition) => {
    const roles = ['depot-dev-invoke', 'depot-dev-parcels', 'shop-dev', 'shop-dev-report'];
    for (const role of roles.flatMap((name) => [name, `${name}_us-east-1`])) {
      expect({ role, may: mayRead(role, partition) }).toEqual({ role, may: true });
      const below = `company/team/${role}`;
      expect({ below, may: mayRead(below, partition) }).toEqual({ below, may: true });
    }
    expect(mayRead('depot-prod-invoke', partition)).toBe(false);
    expect(mayRead('company/another', partition)).toBe(false);
  },
);
