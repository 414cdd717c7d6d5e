import {
  A,
  apiArn,
  B,
  invokeRoleArn,
  readerOf,
  role,
  sound,
  trustsCaller,
  withRole,
} from './deployment.testing.ts';
import { leastPrivilege, type RecordedCall } from './least-privilege.ts';

const now = new Date('2026-01-02T03:04:05Z');

function allowed(action: string, resource: string, facts: object = {}): RecordedCall {
  const decision = {
    principalArn: `arn:aws:sts::${A}:assumed-role/invoke/caller`,
    action,
    resource,
    context: { 'aws:PrincipalArn': invokeRoleArn, 'aws:ResourceAccount': A },
    consulted: [],
    allowed: true,
    decidedBy: [],
    ...facts,
  };
  return { decisions: [decision as RecordedCall['decisions'][number]] };
}

const use = async (statements: readonly object[], ...records: readonly RecordedCall[]) => {
  const changed = role(invokeRoleArn, [trustsCaller], ...(statements as Record<string, unknown>[]));
  const [found] = await leastPrivilege(records, readerOf(withRole(sound, changed)), now);
  if (found === undefined) throw new Error('There is no such role.');
  return found;
};

const routes = {
  Sid: 'Routes',
  Effect: 'Allow',
  Action: 'execute-api:Invoke',
  Resource: [`${apiArn}/dev/POST/parcels`, `${apiArn}/dev/GET/items/*`],
};
const post = allowed('execute-api:Invoke', `${apiArn}/dev/POST/parcels`);

test('a route that was never called is an unused permission, and the proposed policy is proven without it', async () => {
  const found = await use([routes], post, post);
  expect(found).toMatchObject({
    roleArn: invokeRoleArn,
    calls: 2,
    used: [{ statement: 'Routes', resource: `${apiArn}/dev/POST/parcels`, calls: 2 }],
    unused: [{ statement: 'Routes', resource: `${apiArn}/dev/GET/items/*`, calls: 0 }],
    isProven: true,
  });
  expect(found.smallest).toEqual({
    Version: '2012-10-17',
    Statement: [{ ...routes, Resource: `${apiArn}/dev/POST/parcels` }],
  });
});

test('wildcards of actions become the actions that were used; conditions and Deny statements stay', async () => {
  const table = `arn:aws:dynamodb:eu-west-1:${A}:table/keys`;
  const wide = {
    Effect: 'Allow',
    Action: 'dynamodb:*',
    Resource: table,
    Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  };
  const deny = { Effect: 'Deny', Action: 'dynamodb:DeleteTable', Resource: '*' };
  const context = {
    'aws:PrincipalArn': invokeRoleArn,
    'aws:ResourceAccount': A,
    'aws:SecureTransport': 'true',
  };
  const found = await use(
    [wide, deny],
    allowed('dynamodb:GetItem', table, { context }),
    allowed('dynamodb:PutItem', table, { context }),
  );
  expect(found.smallest.Statement).toEqual([
    { ...wide, Action: ['dynamodb:GetItem', 'dynamodb:PutItem'] },
    deny,
  ]);
  expect(found).toMatchObject({ unused: [], isSmaller: true, isProven: true });
});

test('each resource of a statement keeps the actions that were used on it, and no action of another one', async () => {
  const [keys, messages] = ['keys', 'messages'].map(
    (name) => `arn:aws:dynamodb:eu-west-1:${A}:table/${name}`,
  );
  const wide = { Effect: 'Allow', Action: 'dynamodb:*', Resource: [keys, messages] };
  const found = await use(
    [wide],
    allowed('dynamodb:PutItem', `${keys}`),
    allowed('dynamodb:PutItem', `${keys}`),
    allowed('dynamodb:GetItem', `${messages}`),
  );
  expect(found.used).toMatchObject([
    { resource: keys, calls: 2 },
    { resource: messages, calls: 1 },
  ]);
  expect(found.smallest.Statement).toEqual([
    { ...wide, Action: 'dynamodb:PutItem', Resource: keys },
    { ...wide, Action: 'dynamodb:GetItem', Resource: messages },
  ]);
});

test('permissions that Lambda needs for logs are kept, although no recorded call shows them', async () => {
  const logs = { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' };
  const found = await use([routes, logs], post);
  expect(found.forLogs.map(({ action }) => action)).toEqual(logs.Action);
  expect(found.smallest.Statement).toContainEqual(logs);
});

test('each of many recorded routes is a used permission', async () => {
  const Resource = Array.from({ length: 45 }, (_, index) => `${apiArn}/dev/GET/items/${index}`);
  const found = await use(
    [{ ...routes, Resource }],
    ...Resource.map((each) => allowed('execute-api:Invoke', each)),
  );
  expect(found.used.map(({ resource }) => resource)).toEqual(Resource);
  expect(found.unused).toEqual([]);
});

test('NotAction stays in one piece', async () => {
  const all = { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' };
  const found = await use([all], post);
  expect(found.used).toMatchObject([{ action: 'all but iam:*', calls: 1 }]);
  expect(found.smallest.Statement).toEqual([all]);
});

test('if changed policies deny a recorded call, no policy is proposed', async () => {
  const found = await use([routes], allowed('s3:GetObject', 'arn:aws:s3:::bucket/key'));
  expect(found.isProven).toBe(false);
});

test('users and deleted roles are left out', async () => {
  const gone = allowed('a:B', '*', { context: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/gone` } });
  const user = allowed('a:B', '*', { context: { 'aws:PrincipalArn': `arn:aws:iam::${B}:user/alice` } });
  expect(await leastPrivilege([gone, user], readerOf(sound), now)).toEqual([]);
});
