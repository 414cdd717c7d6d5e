import type { RoleUse } from '@cross-account-api/iam/explanation';
import { plain } from '../../../iam/src/explanation/deployed/deployment.testing.ts';
import { renderRoleUse } from './render-role-use.ts';

const permission = {
  policy: 'inline policy main of role invoke',
  statement: 'Routes',
  action: 'execute-api:Invoke',
};
const apiArn = 'arn:aws:execute-api:eu-west-1:111111111111:api1';
const use: RoleUse = {
  roleArn: 'arn:aws:iam::111111111111:role/invoke',
  calls: 2,
  used: [{ ...permission, resource: `${apiArn}/dev/POST/messages`, calls: 2 }],
  unused: [{ ...permission, resource: `${apiArn}/dev/GET/items/*`, calls: 0 }],
  forLogs: [],
  smallest: { Version: '2012-10-17', Statement: [] },
  isSmaller: true,
  isProven: true,
};

test('each permission is shown with its use, before the policy that is proposed', () => {
  expect(renderRoleUse(use, { palette: plain }).slice(0, 4)).toEqual([
    'role invoke of 111111111111: 2 recorded decisions',
    '  ✔ execute-api:Invoke on api1/dev/POST/messages  2 calls, statement Routes of inline policy main of role invoke',
    '  ✘ execute-api:Invoke on api1/dev/GET/items/*  never used, statement Routes of inline policy main of role invoke',
    '  A policy with only the used permissions. Under it, all 2 recorded decisions are the same:',
  ]);
});

test('a policy that was not proven is not proposed', () => {
  expect(renderRoleUse({ ...use, isProven: false }, { palette: plain }).at(-1)).toMatch(
    /so none is proposed/,
  );
});
