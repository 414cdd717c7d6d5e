import { IAMClient } from '@aws-sdk/client-iam';
import type { Account } from './account.ts';
import { actionsOf } from './permission.ts';
import { readUser } from './read-holder.ts';

const USER = 'arn:aws:iam::222222222222:user/anna';
const document = JSON.stringify({ Version: '2012-10-17', Statement: [] });

/** An IAM with a user in a group. Each has an inline policy, and one policy is attached to both. */
const answers: Readonly<Record<string, object>> = {
  GetUser: { User: { Arn: USER, UserId: 'AIDAEXAMPLE' } },
  ListUserPolicies: { PolicyNames: ['own'] },
  GetUserPolicy: { PolicyDocument: document },
  ListAttachedUserPolicies: { AttachedPolicies: [{ PolicyArn: 'arn:aws:iam::aws:policy/Shared' }] },
  ListGroupsForUser: { Groups: [{ GroupName: 'developers' }] },
  ListGroupPolicies: { PolicyNames: ['theirs'] },
  GetGroupPolicy: { PolicyDocument: document },
  ListAttachedGroupPolicies: { AttachedPolicies: [{ PolicyArn: 'arn:aws:iam::aws:policy/Shared' }] },
  GetPolicy: { Policy: { DefaultVersionId: 'v1' } },
  GetPolicyVersion: { PolicyVersion: { Document: document } },
};

test('the policies of a user say whether they are its own or of a group, and are read with the actions that are listed', async () => {
  const called = new Set<string>();
  const iam = new IAMClient({ region: 'us-east-1' });
  iam.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async () => {
        const operation = commandName.replace(/Command$/, '');
        called.add(`iam:${operation}`);
        return { response: {}, output: { $metadata: {}, ...answers[operation] } };
      },
    { step: 'initialize' },
  );
  const account = { iam, read: (call: () => Promise<unknown>) => call() } as unknown as Account;
  const user = await readUser(account, USER);
  expect(user?.policies.map(({ name }) => name)).toEqual([
    'inline policy own of user anna',
    'arn:aws:iam::aws:policy/Shared',
    'inline policy theirs of group developers',
    'arn:aws:iam::aws:policy/Shared',
  ]);
  expect(called).toEqual(new Set([...actionsOf.ReadUser, ...actionsOf.ReadManagedPolicies]));
});
